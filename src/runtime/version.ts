/** The release, as `package.json` names it; a test keeps both equal. */
export const VERSION = '0.1.0';
