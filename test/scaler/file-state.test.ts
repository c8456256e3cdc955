import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyMemory } from '../../scaler/decide/empty-memory.ts';
import { FileState } from '../../scaler/store/file-state.ts';
import { known } from '../decide/situations.ts';
import { aDecision } from './samples.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-state-'));
  file = join(folder, 'state.json');
});
afterEach(() => rm(folder, { recursive: true }));

const state = () => ({
  memories: { linux: emptyMemory },
  last: {
    linux: {
      observation: {
        at: 1,
        queue: known(1),
        groups: [],
        unreachableRegions: [],
        offerings: [],
        finishedTasks: [],
        launchFailures: [],
        scheduledMin: 0,
        allowance: null,
        fleetSpend: null,
      },
      decision: aDecision(),
    },
  },
  launched: [{ region: 'eu-west-1', at: 1, slots: 4 }],
});

describe('FileState', () => {
  it('is empty without a file, and gives back what was saved', async () => {
    const store = new FileState(file);
    expect(await store.load()).toEqual({ memories: {}, last: {}, launched: [] });
    await store.save(state());
    expect(await new FileState(file).load()).toEqual(state());
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['nothing', '', /not JSON/],
    ['half a file', '{"version":1,"memor', /not JSON/],
    ['another JSON', '[]', /not a state of muster/],
    [
      'a memory of another shape',
      '{"version":1,"memories":{"a":{}},"last":{},"launched":[]}',
      /memories\.a/,
    ],
    [
      'launches of another shape',
      '{"version":1,"memories":{},"last":{},"launched":[{"region":"eu-west-1","at":1,"slots":-1}]}',
      /launched\[0\]\.slots/,
    ],
    ['a newer version', '{"version":2,"memories":{},"last":{}}', /version 2.*run the newer muster/],
  ])('refuses a file with %s, names it, and leaves it as it is', async (_case, text, error) => {
    await writeFile(file, text);
    const store = new FileState(file);
    await expect(store.load()).rejects.toThrow(error);
    await expect(store.load()).rejects.toThrow(file);
    await expect(store.save(state())).rejects.toThrow(/was not loaded/);
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it('leaves out a last decision of another shape, which only explains', async () => {
    const text = JSON.stringify({ version: 1, ...state(), last: { linux: { decision: {} } } });
    await writeFile(file, text);
    expect(await new FileState(file).load()).toEqual({ ...state(), last: {} });
  });

  it('names a file that cannot be read', async () => {
    await expect(new FileState(folder).load()).rejects.toThrow(/cannot be read.*EISDIR/);
  });

  it('rejects a save that fails, and saves again once it can', async () => {
    const store = new FileState(join(folder, 'gone', 'state.json'));
    await store.load();
    await expect(store.save(state())).rejects.toThrow(/ENOENT/);
    const { mkdir } = await import('node:fs/promises');
    await mkdir(join(folder, 'gone'));
    await expect(store.save(state())).resolves.toBeUndefined();
  });
});
