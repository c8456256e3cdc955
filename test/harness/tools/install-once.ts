import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runProcess } from '../run-process.ts';
import { toolRoot } from './tool-folder.ts';
import { withLock } from './with-lock.ts';

/** Of one installation; other processes wait as long for it. */
export const installLimitSeconds = 600;
/** A registry or a download may fail once for no reason of ours. */
const attempts = 2;

/**
 * Fills a folder once, in whichever process comes first; others wait for it. Half an installation is
 * never taken for a whole one: a mark is written last.
 * @param lock Installations of one lock run one after another (they share a cache that needs it).
 */
export async function installOnce(
  folder: string,
  fill: (folder: string) => Promise<void>,
  lock: string = basename(folder),
  limitSeconds: number = installLimitSeconds,
): Promise<void> {
  const mark = join(folder, '.complete');
  if (existsSync(mark)) return;
  await withLock(join(toolRoot(), `${lock}.lock`), limitSeconds, async () => {
    if (existsSync(mark)) return;
    await withProgress(`${basename(folder)} into ${toolRoot()}`, async () => {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      await fill(folder);
      writeFileSync(mark, '');
    });
  });
}

/** Two attempts, with a line on stderr when it starts and when it has ended. */
export async function withProgress(what: string, install: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const startedAt = performance.now();
    process.stderr.write(`installing ${what}\n`);
    try {
      await install();
      const seconds = (performance.now() - startedAt) / 1000;
      process.stderr.write(`installed ${what} in ${seconds.toFixed(1)} s\n`);
      return;
    } catch (error) {
      if (attempt === attempts) throw new Error(`could not install ${what}: ${String(error)}`);
      process.stderr.write(`attempt ${attempt} failed: ${String(error)}\n`);
    }
  }
}

/** Runs an installer to its end. @throws Error with the end of its output unless it exits with 0 */
export async function runInstaller(
  command: string,
  parameters: readonly string[],
  options: {
    readonly directory?: string;
    readonly environment?: NodeJS.ProcessEnv;
    /** Default: {@link installLimitSeconds}. */
    readonly limitSeconds?: number;
  } = {},
): Promise<void> {
  const { exitCode, stdout, stderr } = await runProcess(command, parameters, {
    limitSeconds: installLimitSeconds,
    ...options,
    environment: { ...process.env, ...options.environment },
  });
  if (exitCode === 0) return;
  const line = [command, ...parameters].join(' ');
  throw new Error(`${line}: exit code ${exitCode}\n${`${stdout}\n${stderr}`.trim().slice(-3000)}`);
}
