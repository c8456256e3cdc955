/** What the embedded store does that is of its file. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LibsqlStore } from '../../../scaler/store/libsql-store.ts';
import { parseStoreAddress, storeAddressText } from '../../../scaler/store/store-address.ts';
import { systemClock } from '../../../scaler/system-clock.ts';
import { projectRoot } from '../../harness/project-root.ts';
import { LaterClock, libsqlWorld, never } from './store-world.ts';

let world: ReturnType<typeof libsqlWorld>;
beforeEach(() => {
  world = libsqlWorld();
});
afterEach(() => world.end());

const put = (sort: string) =>
  ({ do: 'put', key: { partition: 'p', sort }, value: sort, when: 'any' }) as const;
const opened = (file: string) => LibsqlStore.open(file, systemClock);

/** Writes without end, and says of each write when it was answered. */
const writer = `
  import { LibsqlStore } from ${JSON.stringify(join(projectRoot, 'scaler/store/libsql-store.ts'))};
  import { systemClock } from ${JSON.stringify(join(projectRoot, 'scaler/system-clock.ts'))};
  const store = await LibsqlStore.open(process.argv.at(-1), systemClock);
  const signal = new AbortController().signal;
  for (let next = 0; ; next += 20) {
    await Promise.all(Array.from({ length: 20 }, async (_, index) => {
      const sort = String(next + index);
      const key = { partition: 'p', sort };
      await store.write([{ do: 'put', key, value: 1, when: 'absent' }], signal);
      process.stdout.write(sort + '\\n');
    }));
  }
`;

describe('the file of the embedded store', () => {
  it('is flushed to the disk with each commit, and for its owner alone', async () => {
    const store = await world.open();
    await store.write([put('a')], never);
    await store.close();
    const database = new Database(world.file);
    expect(database.prepare('pragma journal_mode').get([])).toMatchObject({ journal_mode: 'wal' });
    database.close();
    expect(statSync(world.file).mode & 0o777).toBe(0o600);
  });

  it('holds every answered write of a process that was killed', { timeout: 60_000 }, async () => {
    const script = join(world.file, '..', 'writer.mts');
    writeFileSync(script, writer);
    const child = spawn(process.execPath, ['--import', 'tsx', script, world.file], {
      cwd: projectRoot,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let told = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      told += text;
      if (told.length > 20_000) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const answered = told.split('\n').slice(0, -1);
    expect(answered.length).toBeGreaterThan(1_000);
    const store = await world.open();
    for (const sort of answered) {
      expect(await store.get({ partition: 'p', sort }, never)).not.toBeNull();
    }
    await store.close();
  });

  it('is shared with other processes, and unavailable while one of them holds it', async () => {
    const store = await world.open();
    await store.write([put('a')], never);
    const other = new Database(world.file);
    other.exec('begin immediate');
    await expect(store.write([put('b')], never)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await store.get(put('a').key, never)).toMatchObject({ value: 'a' });
    other.exec('rollback');
    other.close();
    await store.write([put('b')], never);
    await store.close();
  });

  it('makes or refuses each of the writes that share a commit by itself', async () => {
    const store = await world.open();
    const outcomes = await Promise.allSettled([
      store.write([put('a')], never),
      store.write([{ ...put('a'), when: 'absent' }], never),
      store.write([{ ...put('b'), when: 'absent' }], never),
      store.write([put('c')], AbortSignal.abort()),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
    ]);
    const { records } = await store.list({ partition: 'p' }, never);
    expect(records.map(({ sort }) => sort)).toEqual(['a', 'b']);
    await store.close();
  });

  it('keeps what is written as it closes, and drops what has expired', async () => {
    const clock = new LaterClock();
    const store = await world.open(clock);
    await store.write([{ ...put('short'), expiresAt: clock.now() + 10 }], never);
    clock.advance(100);
    const writing = store.write([put('a')], never);
    await store.close();
    await writing;
    const database = new Database(world.file);
    const rows = database.prepare('select sort from records').all([]) as { sort: string }[];
    expect(rows.map(({ sort }) => sort)).toEqual(['a']);
    database.close();
  });

  it('is refused when it is of a newer muster, of another program, or no database', async () => {
    const database = new Database(world.file);
    database.exec('create table others (a)');
    await expect(opened(world.file)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(/another program/),
    });
    database.exec('drop table others');
    await (await opened(world.file)).close();
    database.exec('pragma user_version = 2');
    database.close();
    await expect(opened(world.file)).rejects.toMatchObject({ kind: 'incompatible' });
    const text = `${world.file}.txt`;
    writeFileSync(text, 'pools: {}\n'.repeat(100));
    await expect(opened(text)).rejects.toMatchObject({ kind: 'invalid' });
    await expect(opened(join(world.file, 'none'))).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(opened(join(world.file, '..', 'none', 'a'))).rejects.toMatchObject({
      kind: 'invalid',
    });
  });
});

describe('the address of a store', () => {
  it('names a file or a table', () => {
    for (const text of ['sqlite:a b/c.db', 'dynamodb:ci_state.1']) {
      expect(storeAddressText(parseStoreAddress(text))).toBe(text);
    }
    for (const text of ['', 'state.db', 'sqlite:', 'dynamodb:ab', 'dynamodb:a/b', 'redis:x']) {
      expect(() => parseStoreAddress(text)).toThrow(/sqlite:FILE, or dynamodb:TABLE/);
    }
  });
});
