import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installOnce, runInstaller } from './install-once.ts';
import { withLock } from './with-lock.ts';

let root = '';
const before = process.env.MUSTER_TOOLS;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'muster-tools-'));
  process.env.MUSTER_TOOLS = root;
});
afterEach(() => {
  if (before === undefined) delete process.env.MUSTER_TOOLS;
  else process.env.MUSTER_TOOLS = before;
  rmSync(root, { recursive: true });
});

describe('installOnce', () => {
  it('fills a folder once, for all that ask at the same time and later', async () => {
    let fills = 0;
    const install = () =>
      installOnce(join(root, 'tool'), async (folder) => {
        fills += 1;
        await new Promise((resolve) => setTimeout(resolve, 50));
        writeFileSync(join(folder, 'program'), '');
      });
    await Promise.all([install(), install(), install()]);
    await install();
    expect(fills).toBe(1);
    expect(existsSync(join(root, 'tool', 'program'))).toBe(true);
  });

  it('tries twice, says why it failed, and starts anew the next time', async () => {
    let fills = 0;
    const failing = () =>
      installOnce(join(root, 'tool'), async (folder) => {
        fills += 1;
        writeFileSync(join(folder, `half-${fills}`), '');
        await runInstaller('sh', ['-c', 'echo no such version >&2; exit 3']);
      });
    await expect(failing()).rejects.toThrow(/exit code 3\nno such version$/);
    expect(fills).toBe(2);
    await installOnce(join(root, 'tool'), async () => {});
    expect(existsSync(join(root, 'tool', 'half-2'))).toBe(false);
  });
});

describe('withLock', () => {
  it('waits no longer than it is told for a process that lives', async () => {
    const file = join(root, 'a.lock');
    writeFileSync(file, String(process.pid));
    await expect(withLock(file, 0.2, async () => {})).rejects.toThrow(`process ${process.pid} `);
  });

  it('takes the lock of a process that has ended', async () => {
    const file = join(root, 'locks', 'a.lock');
    mkdirSync(join(root, 'locks'));
    writeFileSync(file, String(spawnSync('true').pid));
    expect(await withLock(file, 5, async () => 'done')).toBe('done');
    expect(existsSync(file)).toBe(false);
  });
});
