import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks until the answer is true.
 * @throws Error with `describe()` when it is not by then.
 */
export async function until(
  what: string,
  limitSeconds: number,
  ask: () => Promise<boolean> | boolean,
  describe: () => string = () => '',
): Promise<void> {
  const limit = performance.now() + limitSeconds * 1000;
  while (!(await ask())) {
    if (performance.now() > limit) {
      throw new Error(`${what}: not after ${limitSeconds} s\n${describe()}`);
    }
    await sleep(500);
  }
}
