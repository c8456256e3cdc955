import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ExecDeclaration } from '../../../pool/queues/exec.ts';
import { openQueues } from './open-queues.ts';

const path = process.env.PATH ?? '';

function command(parts: readonly string[], change: Partial<ExecDeclaration> = {}): ExecDeclaration {
  return { kind: 'exec', command: parts, environment: [], limit: 5, ...change };
}

const read = (declaration: ExecDeclaration, environment: Record<string, string> = {}) =>
  openQueues({ environment: { PATH: path, ...environment } }).readOne(declaration);

describe('exec', () => {
  it('reads a number, and the whole of a reading', async () => {
    expect(await read(command(['echo', '12']))).toMatchObject({ pending: 12, claimed: null });
    const workers = [{ name: 'i-0123456789abcdef0', busySlots: 1 }];
    const finishedTasks = [{ worker: 'i-0123456789abcdef0', duration: 30 }];
    const whole = { pending: 2, claimed: 1, oldestPendingAge: 7, workers, finishedTasks };
    expect(await read(command(['echo', JSON.stringify(whole)]))).toMatchObject({
      pending: 2,
      claimed: 1,
      oldestPendingAge: 7,
      workers: [{ ...workers[0], capacity: null, taking: true }],
      finishedTasks,
    });
  });

  it('runs no shell', async () => {
    const reading = await read(command(['echo', '$(echo 3)']));
    expect(reading).toMatchObject({
      status: 'unknown',
      error: expect.stringContaining('$(echo 3)'),
    });
  });

  it('lets it see the variables that are declared, and no other', async () => {
    const environment = { COUNT: '4', TOKEN: 'not-for-it' };
    const sum = ['sh', '-c', 'test -z "$TOKEN" && echo "$COUNT"'];
    const declared = command(sum, { environment: ['COUNT'] });
    expect(await read(declared, environment)).toMatchObject({ pending: 4 });
    expect(await read(command(sum), environment)).toMatchObject({ status: 'unknown' });
  });

  it('ends a slow command, and what it started', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'muster-exec-'));
    const mark = join(folder, 'mark');
    const slow = command(['sh', '-c', `(sleep 1.5; touch ${mark}) & wait`], { limit: 1 });
    expect(await read(slow)).toMatchObject({
      status: 'unknown',
      error: expect.stringContaining('no answer within 1 s'),
    });
    await sleep(1_000);
    expect(existsSync(mark)).toBe(false);
    await rm(folder, { recursive: true });
  });

  it.each([
    ['a failure, with its last words', ['sh', '-c', 'echo lost >&2; exit 3'], /ended with 3: lost/],
    ['a program that is not there', ['no-such-program'], /ENOENT/],
    ['nothing', ['true'], /expected a number or JSON/],
    ['another field', ['echo', '{"pending":1,"claimd":2}'], /claimd/],
    ['too much', ['head', '-c', '2000000', '/dev/zero'], /more than 1048576 bytes/],
  ])('does not take %s for zero', async (_case, parts, error) => {
    expect(await read(command(parts))).toMatchObject({
      status: 'unknown',
      error: expect.stringMatching(error),
    });
  });
});
