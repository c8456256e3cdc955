import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { installOnce, runInstaller } from './install-once.ts';
import type { Tool } from './tool.ts';
import { toolFolder } from './tool-folder.ts';

export interface NpmTool extends Tool {
  /** Absolute path of a program that the package installs. */
  readonly program: (name: string) => string;
  /** A module of the folder, loaded into this process. */
  readonly load: (name: string) => unknown;
}

export interface NpmToolOptions {
  readonly name: string;
  /** Exact. */
  readonly version: string;
  /** What it leaves to be installed with it, such as `ioredis@6.0.0`. */
  readonly beside?: readonly string[];
}

/** A package apart from the project's own, for one that is large and that one test needs. No install script runs. */
export function npmTool({ name, version, beside = [] }: NpmToolOptions): NpmTool {
  const folder = toolFolder(name, [version, ...beside]);
  return {
    name,
    program: (called) => join(folder, 'node_modules', '.bin', called),
    load: (called) => createRequire(join(folder, 'package.json'))(called),
    byHand: `connect to an npm registry; \`npm test\` gets ${name}@${version} from it`,
    install: () =>
      installOnce(folder, async () => {
        writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
        const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
        const packages = [`${name}@${version}`, ...beside];
        await runInstaller('npm', ['install', ...options, ...packages], { directory: folder });
      }),
  };
}
