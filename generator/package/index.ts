export { INSTALLED, lockFile } from './lock-file.js';
export { type Fields, PACKAGE, parseFields } from './manifest.js';
export { completePackageJson, newPackageJson, SCRIPTS, specOf } from './package-json.js';
export { packProgram, type Tarball, tarballName } from './tarball.js';
