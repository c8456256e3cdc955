import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const pollSeconds = 0.1;

/**
 * Runs `work` while no other process of this machine holds the lock file. The lock of a process that
 * has ended counts for nothing.
 * @throws Error when another process still holds it after `limitSeconds`
 */
export async function withLock<T>(
  file: string,
  limitSeconds: number,
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const limit = performance.now() + limitSeconds * 1000;
  while (!take(file)) {
    if (performance.now() > limit) {
      throw new Error(`process ${holder(file)} holds ${file} for over ${limitSeconds} s: end it`);
    }
    removeIfLeft(file);
    await sleep(pollSeconds * 1000);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  // Written aside and then linked, so that nobody reads a lock without its process.
  const mine = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(mine);
  }
}

/** Of several that see a lock left behind one moves it away; a new one that it hit is put back. */
function removeIfLeft(file: string): void {
  const seen = holder(file);
  if (seen === null || isAlive(seen)) return;
  const aside = `${file}.left.${process.pid}`;
  try {
    renameSync(file, aside);
    if (holder(aside) !== seen) linkSync(aside, file);
  } catch {
    return; // Another process was quicker.
  }
  rmSync(aside, { force: true });
}

function holder(file: string): number | null {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
