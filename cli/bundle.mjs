/**
 * `npm run build`: writes `dist/muster.mjs`, the `muster` command as one file that needs Node and
 * nothing else. It has every command but those that write Terraform, whose bindings stay out, and every
 * store but the embedded one, unless the package libsql is installed beside it.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Text that a source reads from beside itself stands in the bundle instead. */
const inlineText = {
  name: 'inline-text',
  setup(/** @type {import('esbuild').PluginBuild} */ { onLoad }) {
    onLoad({ filter: /[\\/](cloud|pool|scaler|sim|cli)[\\/].*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const reading =
        /readFileSync\(\s*new URL\('(\.[^']+)', import\.meta\.url\),\s*'utf8',?\s*\)/g;
      const files = [...source.matchAll(reading)].map(([, name = '']) =>
        resolve(dirname(path), name),
      );
      const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
      const contents = source.replace(reading, () => JSON.stringify(texts.shift()));
      return { contents, loader: 'ts' };
    });
  },
};

const withoutStacks = {
  name: 'without-stacks',
  setup(/** @type {import('esbuild').PluginBuild} */ { onResolve, onLoad }) {
    onResolve({ filter: /\/stacks\/[\w-]+\.ts$/ }, ({ path }) =>
      // What a stack refuses is told by every command, and needs no bindings.
      path.endsWith('/stack-error.ts') ? undefined : { path, namespace: 'left-out' },
    );
    onLoad({ filter: /./, namespace: 'left-out' }, () => ({
      contents: "throw new Error('this file runs the scaler; Terraform is written by a clone');",
    }));
  },
};

/** What code written for CommonJS takes for granted, and an ES module has not. */
const commonJs = [
  "import { createRequire } from 'node:module';",
  "import { dirname as directoryOf } from 'node:path';",
  "import { fileURLToPath as pathOf } from 'node:url';",
  'const require = createRequire(import.meta.url);',
  'const __filename = pathOf(import.meta.url);',
  'const __dirname = directoryOf(__filename);',
].join('\n');

/** @param {string} outfile */
export async function bundle(outfile) {
  await build({
    entryPoints: [join(root, 'cli', 'main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    minify: true,
    legalComments: 'inline',
    banner: { js: commonJs },
    // Has machine code of its own, which no bundle can hold; the file runs without it on DynamoDB.
    external: ['libsql'],
    plugins: [inlineText, withoutStacks],
    logLevel: 'warning',
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await bundle(join(root, 'dist', 'muster.mjs'));
