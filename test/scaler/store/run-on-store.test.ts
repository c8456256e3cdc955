/** What a person sees of the store on the command line. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectRoot } from '../../harness/project-root.ts';
import { runProcess } from '../../harness/run-process.ts';
import { smallest } from '../../stacks/declarations.ts';
import { libsqlWorld, never } from './store-world.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'muster-run-'));
  writeFileSync(join(folder, 'muster.yaml'), smallest);
});
afterEach(() => rmSync(folder, { recursive: true }));

const muster = (...words: string[]) =>
  runProcess(
    process.execPath,
    [join(projectRoot, 'cli/bin.mjs'), ...words, '--config', join(folder, 'muster.yaml')],
    // Nobody answers there, so that nothing is asked of an account.
    {
      environment: { ...process.env, AWS_ENDPOINT_URL: 'http://127.0.0.1:9', HOME: folder },
      limitSeconds: 60,
    },
  );

describe('muster on a store', { timeout: 90_000 }, () => {
  it('refuses one that a newer muster wrote, with exit code 2, and leaves it', async () => {
    const world = libsqlWorld();
    const store = await world.open();
    const key = { partition: 'store', sort: 'schema' };
    await store.write([{ do: 'put', key, value: { version: 99 }, when: 'any' }], never);
    for (const words of [
      ['run', '--once'],
      ['explain', 'linux'],
    ]) {
      const { exitCode, stderr } = await muster(...words, '--store', `sqlite:${world.file}`);
      expect({ exitCode, stderr }).toMatchObject({
        exitCode: 2,
        stderr: expect.stringMatching(/version 99.*run the newer muster/s),
      });
    }
    const { records } = await store.list({ partition: 'scaler-memory' }, never);
    expect(records).toEqual([]);
    await store.close();
    await world.end();
  });

  it('refuses what is no store, with exit code 2', async () => {
    const file = join(folder, 'other.db');
    const database = new Database(file);
    database.exec('create table others (a)');
    database.close();
    for (const [store, said] of [
      ['redis:x', /sqlite:FILE, or dynamodb:TABLE/],
      [`sqlite:${file}`, /another program/],
      [`sqlite:${join(folder, 'muster.yaml')}`, /not a database/],
    ] as const) {
      const { exitCode, stderr } = await muster('run', '--once', '--store', store);
      expect({ exitCode, stderr }).toMatchObject({
        exitCode: 2,
        stderr: expect.stringMatching(said),
      });
    }
  });

  it('makes none to explain, or to say what it would do', async () => {
    const store = join(folder, 'none.db');
    const explained = await muster('explain', 'linux', '--store', `sqlite:${store}`);
    expect(explained).toMatchObject({
      exitCode: 0,
      stdout: `linux: no decision yet in sqlite:${store}; run \`muster run\` first\n`,
    });
    await muster('run', '--once', '--dry-run', '--no-cloudwatch', '--store', `sqlite:${store}`);
    expect(existsSync(store)).toBe(false);
  });
});
