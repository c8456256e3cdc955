import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { installLimitSeconds, runInstaller, withProgress } from './install-once.ts';
import type { Tool } from './tool.ts';
import { toolRoot } from './tool-folder.ts';
import { withLock } from './with-lock.ts';

export interface DebianTool extends Tool {
  readonly packages: readonly string[];
  readonly present: () => boolean;
}

export interface DebianToolOptions {
  readonly name: string;
  readonly packages: readonly string[];
  /** Default: a program called `name` is on the PATH. */
  readonly present?: () => boolean;
}

/** Programs in Debian packages, installed as root with apt-get; the system's version is taken as it is. */
export function debianTool({ name, packages, present }: DebianToolOptions): DebianTool {
  const tool: DebianTool = {
    name,
    packages,
    present: present ?? (() => findProgram(name) !== null),
    byHand: `install it (apt-get install ${packages.join(' ')}); \`npm test\` does so as root`,
    install: () => installDebianTools([tool]),
  };
  return tool;
}

/** Installs the packages of all tools that are not there, in one go. */
export async function installDebianTools(tools: readonly DebianTool[]): Promise<void> {
  const absent = () => tools.filter((tool) => !tool.present());
  if (absent().length === 0) return;
  if (findProgram('apt-get') === null || process.getuid?.() !== 0) {
    const wanted = absent().flatMap(({ packages }) => packages);
    throw new Error(`no apt-get as root here: install ${wanted.join(', ')} yourself`);
  }
  await withLock(join(toolRoot(), 'debian.lock'), installLimitSeconds, async () => {
    const missing = absent();
    if (missing.length === 0) return;
    const packages = missing.flatMap((tool) => tool.packages);
    await withProgress(`Debian packages ${packages.join(', ')}`, async () => {
      await aptGet('update');
      await aptGet('install', '--yes', '--no-install-recommends', ...packages);
    });
    const left = absent().map(({ name }) => name);
    if (left.length > 0) throw new Error(`apt-get installed no ${left.join(', ')}`);
  });
}

/** The path of a program; null: it is not on the PATH. Servers stand in sbin, which may not be on it. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find(existsSync) ?? null;
}

function aptGet(command: string, ...parameters: string[]): Promise<void> {
  // Another apt-get may hold the lock; a question would wait for an answer that nobody gives.
  const options = ['-qq', '-o', 'DPkg::Lock::Timeout=60', '-o', 'Acquire::Retries=3'];
  return runInstaller('apt-get', [...options, command, ...parameters], {
    // The tests start servers themselves: a package shall not start its own.
    environment: { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1', SYSTEMD_OFFLINE: '1' },
  });
}
