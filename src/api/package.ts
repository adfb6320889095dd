/** A server that is published as a package, and not as an image. */
import { type Static, Type } from '@sinclair/typebox';
import { type CelRule, exactlyOne } from './schema.ts';

/** In lower case, as npm asks of every new name. */
const NPM_NAME = '^(@[a-z0-9~][a-z0-9._~-]*/)?[a-z0-9~][a-z0-9._~-]*$';
/** PyPI's, https://packaging.python.org/en/latest/specifications/name-normalization/ */
const PYPI_NAME = '^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$';
/**
 * A version, a range or a tag, as far as they have the letters of either registry. Whether it must be exact is the policy's to
 * say. Nothing of it may be taken for a flag, nor for an address or a folder.
 */
const VERSION = '^[A-Za-z0-9^~<>=!*][A-Za-z0-9._+!<>=~^*|, -]*$';

/** As semver.org has it, with numbers that npm can count to: what is no version to npm is a tag, which others may move. */
const NUMBER = '(0|[1-9][0-9]{0,14})';
const IDENTIFIER = '(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)';
const BUILD = '[0-9A-Za-z-]+([.][0-9A-Za-z-]+)*';

/**
 * One version and no other: of npm a semantic one, of PyPI what PEP 440 calls a public version, perhaps with a local part. The
 * chart's ValidatingAdmissionPolicy has the same expressions.
 */
export const EXACT = {
  npm: `^${NUMBER}[.]${NUMBER}[.]${NUMBER}(-${IDENTIFIER}([.]${IDENTIFIER})*)?([+]${BUILD})?$`,
  pypi: '^([0-9]+!)?[0-9]+([.][0-9]+)*((a|b|rc)[0-9]+)?([.]post[0-9]+)?([.]dev[0-9]+)?([+][a-z0-9]+([._-][a-z0-9]+)*)?$',
};
const exact = { npm: new RegExp(EXACT.npm), pypi: new RegExp(EXACT.pypi) };

export const Package = Type.Object(
  {
    npm: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 214,
        pattern: NPM_NAME,
        description: 'Name of a package of npm.',
        hint: 'the name of an npm package, such as @modelcontextprotocol/server-filesystem',
      }),
    ),
    pypi: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 214,
        pattern: PYPI_NAME,
        description: 'Name of a package of PyPI.',
        hint: 'the name of a PyPI package, such as mcp-server-time',
      }),
    ),
    version: Type.String({
      minLength: 1,
      maxLength: 128,
      pattern: VERSION,
      description:
        "Version of the package, such as `1.2.3`: one and no range, unless the cluster's policy allows them.",
      hint: 'a version such as 1.2.3',
    }),
    executable: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        pattern: '^[A-Za-z0-9_][A-Za-z0-9._-]*$',
        description:
          "Which of the package's commands is the server, by its name without a scope. Where absent: the only one, by whichever of its names, or the one with the package's name (without its scope).",
        hint: 'the name of a command, such as mcp-server-time',
      }),
    ),
  },
  {
    description:
      'Package of npm or PyPI that is the server, instead of `image`: installed before the server starts, into a volume of the pod. `args` are its arguments.',
    'x-kubernetes-validations': [
      exactlyOne(['npm', 'pypi']),
      {
        rule: "!self.version.lowerAscii().matches('[.](tgz|tar|tar[.]gz)$')",
        message: 'npm takes what ends in .tgz, .tar or .tar.gz for a file, and not for a version',
        fieldPath: '.version',
      },
    ],
  },
);
export type Package = Static<typeof Package>;

/** What ties a package to other fields. */
export const PACKAGE_RULES: CelRule[] = [
  {
    rule: 'has(self.image) != has(self.__package__)',
    message: 'exactly one of image and package must be set: what the server is made of',
    fieldPath: '.image',
  },
  {
    rule: '!has(self.__package__) || !has(self.command)',
    message: 'a package brings its command: leave it out, and put arguments into args',
    fieldPath: '.command',
  },
];

/** @returns whether the version names one and no other, whatever is published later. */
export function isExact({ npm, version }: Package): boolean {
  return exact[npm === undefined ? 'pypi' : 'npm'].test(version);
}

/** @returns the name as people write it beside its registry, such as `npm:@acme/search`. */
export function packageName({ npm, pypi }: Package): string {
  return npm === undefined ? `pypi:${pypi}` : `npm:${npm}`;
}
