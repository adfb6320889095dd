/**
 * What the init container runs to install a package of npm: `node -e SCRIPT FOLDER COMMAND NAME VERSION EXECUTABLE`. The image
 * has npm and nothing of the operator's. NPM_TOKEN is shown to the registry and to no other host. COMMAND becomes a link to what
 * the package would run by npx: its only command, by whichever of its names, or that with its own name, or EXECUTABLE where that
 * is not empty. https://docs.npmjs.com/cli/v11/commands/npx#description
 * Its commands have the names of the links that npm makes, for those in package.json may have a scope.
 */
export const INSTALL_NPM = `
const { spawnSync } = require('node:child_process');
const { existsSync, readdirSync, readlinkSync, rmSync, symlinkSync } = require('node:fs');
const path = require('node:path');
const [folder, command, name, version, executable] = process.argv.slice(1);
const fail = (message) => { console.error(message); process.exit(1); };
const install = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error', '--logs-max=0', name + '@' + version];
const { NPM_CONFIG_REGISTRY: registry = 'https://registry.npmjs.org', NPM_TOKEN: token } = process.env;
const { host, pathname } = new URL(registry.replace(/[/]*$/, '/'));
const env = token ? { ...process.env, ['npm_config_//' + host + pathname + ':_authToken']: token } : process.env;
const { status, error } = spawnSync('npm', install, { stdio: 'inherit', env });
if (status !== 0) fail('npm cannot install ' + name + '@' + version + (error ? ': ' + error.message : ''));
const links = folder + '/node_modules/.bin/';
const all = existsSync(links) ? readdirSync(links) : [];
const fileOf = (link) => path.resolve(links, readlinkSync(links + link));
const names = all.filter((link) => fileOf(link).startsWith(folder + '/node_modules/' + name + '/'));
const isOne = new Set(names.map(fileOf)).size === 1;
const wanted = executable || (isOne ? names[0] : name.slice(name.indexOf('/') + 1));
if (!all.includes(wanted)) fail(name + ' has no command ' + wanted + ', but: ' + (names.join(', ') || 'none') + ' (package.executable)');
rmSync(command, { force: true });
symlinkSync(links + wanted, command);
`;
