/**
 * `npm start`: installs what is missing, then runs the demo. Plain Node: nothing may be installed yet.
 */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installNodePackages } from './install-packages.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

if (!installNodePackages(root)) {
  process.stderr.write('npm ci failed: the demo needs its packages. Mend that and try again.\n');
  process.exit(1);
}

process.chdir(root);
const { register } = await import('tsx/esm/api');
register();
await import('./demo.ts');
