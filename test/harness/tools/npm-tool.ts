import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installOnce, runInstaller } from './install-once.ts';
import type { Tool } from './tool.ts';
import { toolFolder } from './tool-folder.ts';

export interface NpmTool extends Tool {
  /** Absolute path of a program that the package installs. */
  readonly program: (name: string) => string;
}

export interface NpmToolOptions {
  readonly name: string;
  /** Exact. */
  readonly version: string;
}

/** A package apart from the project's own, for one that is large and that one test needs. No install script runs. */
export function npmTool({ name, version }: NpmToolOptions): NpmTool {
  const folder = toolFolder(name, [version]);
  return {
    name,
    program: (called) => join(folder, 'node_modules', '.bin', called),
    byHand: `connect to an npm registry; \`npm test\` gets ${name}@${version} from it`,
    install: () =>
      installOnce(folder, async () => {
        writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
        const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
        await runInstaller('npm', ['install', ...options, `${name}@${version}`], {
          directory: folder,
        });
      }),
  };
}
