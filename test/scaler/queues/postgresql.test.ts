import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgreSqlDeclaration, postgreSqlForm } from '../../../pool/queues/postgresql.ts';
import {
  graphileWorkerStatement,
  pgBossStatement,
  type Statement,
} from '../../../pool/queues/postgresql-presets.ts';
import { missingParts } from '../../harness/missing-part.ts';
import {
  type PostgreSql,
  postgreSqlTool,
  startPostgreSql,
} from '../../harness/servers/postgresql.ts';
import { graphileWorkerTool, pgBossTool } from '../../harness/servers/queue-clients.ts';
import { toolPart } from '../../harness/tools/tool.ts';
import { openQueues } from './open-queues.ts';
import { postgreSqlPreamble, startTlsFront } from './tls-front.ts';

/** What this suite uses of pg-boss. */
interface PgBoss {
  start(): Promise<unknown>;
  createQueue(name: string): Promise<void>;
  send(name: string, data: object, options?: object): Promise<string | null>;
  fetch(name: string): Promise<readonly { readonly id: string }[]>;
  complete(name: string, id: string): Promise<void>;
  stop(options: object): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): void;
}

/** What this suite uses of Graphile Worker. */
interface GraphileWorker {
  readonly Logger: new (factory: () => () => void) => object;
  makeWorkerUtils(options: object): Promise<{
    migrate(): Promise<void>;
    addJob(task: string, payload: object, options?: object): Promise<unknown>;
    release(): Promise<void>;
  }>;
  run(options: object): Promise<{ stop(): Promise<void> }>;
}

const parts = [postgreSqlTool, pgBossTool, graphileWorkerTool].map(toolPart);

describe.skipIf(await missingParts(parts))('postgresql, against a real server', () => {
  let postgres: PostgreSql;
  let admin: Client;
  beforeAll(async () => {
    postgres = await startPostgreSql();
    admin = new Client({ connectionString: postgres.url });
    await admin.connect();
    await admin.query('create table job (state text, at timestamptz default now())');
  }, 120_000);
  afterAll(async () => {
    await admin.end();
    await postgres.stop();
  });

  const declare = (statement: Statement): PostgreSqlDeclaration => ({
    kind: 'postgresql',
    server: {
      url: `postgresql://127.0.0.1:${postgres.port}/postgres`,
      user: 'muster',
      password: null,
      certificateAuthority: null,
    },
    tls: 'off',
    statement,
  });
  /** As the declaration's own parser leaves a query. */
  const query = (text: string) => {
    const { url } = declare({ text: '', values: [] }).server;
    const written = postgreSqlForm.schema.parse({ url, user: 'muster', tls: 'off', query: text });
    const pool = { poolName: 'pool', firstRegion: 'eu-west-1', region: null };
    return postgreSqlForm.declare(written, pool);
  };

  it('reads counts and age by a query, and leaves one pool unknown whose query fails', async () => {
    await admin.query(
      "insert into job values ('new', now() - interval '50 s'), ('new', now()), ('taken', now())",
    );
    const { readAll, queues } = openQueues();
    const readings = await readAll([
      query(`select count(*) filter (where state = 'new') as pending,
        count(*) filter (where state = 'taken') as claimed,
        extract(epoch from now() - min(at) filter (where state = 'new')) as oldest_pending_age
        from job -- all of them`),
      query('select 4 as pending;\n'),
      query('select count(*) as waiting from job'),
      query('select 1 as pending from job'),
      query('select 1 as pending where false'),
      query("select 'many' as pending"),
      query('select 1 as pending from absent'),
      query('select 5 as pending'),
    ]);
    await queues.close();
    const [first] = readings;
    expect(first).toMatchObject({ status: 'known', pending: 2, claimed: 1 });
    expect(first).toHaveProperty('oldestPendingAge', expect.closeTo(50, -0.5));
    const unknown = (problem: RegExp) => ({
      status: 'unknown',
      error: expect.stringMatching(problem),
    });
    expect(readings.slice(1)).toMatchObject([
      { pending: 4, claimed: null, oldestPendingAge: null },
      unknown(/row is not as expected: pending: expected a number/),
      unknown(/expected the query to give one row, got several/),
      unknown(/got none/),
      unknown(/pending: expected a number/),
      unknown(/relation "absent" does not exist/),
      { pending: 5 },
    ]);
  });

  it('cannot write, whatever the query says, and cannot be made to say two things', async () => {
    await admin.query('create sequence written');
    const { readAll, queues } = openQueues();
    const readings = await readAll([
      query("select nextval('written') as pending"),
      query(
        'select 1 as pending) as a; commit; drop table job; select * from (select 1 as pending',
      ),
      query('with gone as (delete from job returning 1) select count(*) as pending from gone'),
    ]);
    await queues.close();
    expect(readings.map((one) => 'error' in one && one.error)).toEqual([
      expect.stringContaining('read-only transaction'),
      expect.stringContaining('multiple commands'),
      expect.stringMatching(/WITH clause containing a data-modifying statement/),
    ]);
    expect((await admin.query('select from job')).rowCount).toBe(3);
  });

  it('ends a query that takes too long, and reads on', { timeout: 30_000 }, async () => {
    const { readAll, queues } = openQueues();
    const [slow, next] = await readAll([
      query('select 1 as pending from pg_sleep(30)'),
      query('select 2 as pending'),
    ]);
    await queues.close();
    expect(slow).toMatchObject({ error: expect.stringContaining('statement timeout') });
    expect(next).toMatchObject({ status: 'known', pending: 2 });
  });

  it('makes another connection when the server ended the one it keeps', async () => {
    const { readOne, queues } = openQueues();
    const one = query('select 3 as pending');
    await readOne(one);
    const ended = await admin.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'muster'",
    );
    expect(ended.rowCount).toBe(1);
    expect(await readOne(one)).toMatchObject({ status: 'known', pending: 3 });
    await queues.close();
  });

  it('checks the certificate of a server, and does not go on without TLS', async () => {
    const front = await startTlsFront(postgres.port, postgreSqlPreamble);
    const { readAll, queues } = openQueues({ environment: { AUTHORITY: front.certificate } });
    const plain = query('select 3 as pending');
    const certificateAuthority = {
      ...({ kind: 'secret', from: 'environment' } as const),
      ...{ name: 'AUTHORITY', field: null },
    };
    const url = `postgresql://localhost:${front.port}/postgres`;
    const signed = { ...plain.server, url, certificateAuthority };
    const readings = await readAll([
      { ...plain, tls: 'verify', server: signed },
      { ...plain, tls: 'verify', server: { ...signed, certificateAuthority: null } },
      { ...plain, tls: 'verify' },
    ]);
    expect(readings).toMatchObject([
      { status: 'known', pending: 3 },
      { error: expect.stringContaining('self-signed certificate') },
      { error: expect.stringContaining('does not support SSL') },
    ]);
    await queues.close();
    front.stop();
  });

  it('follows a queue of pg-boss', { timeout: 60_000 }, async () => {
    const Boss = pgBossTool.load('pg-boss') as new (options: object) => PgBoss;
    const boss = new Boss({ connectionString: postgres.url, supervise: false, schedule: false });
    boss.on('error', () => {});
    await boss.start();
    await boss.createQueue('builds');
    await boss.createQueue('mail');
    const { readOne, queues } = openQueues();
    const read = () => readOne(declare(pgBossStatement('pgboss', 'builds')));
    expect(await read()).toMatchObject({ status: 'known', pending: 0, claimed: 0 });
    for (let job = 0; job < 3; job += 1) await boss.send('builds', {});
    await boss.send('builds', {}, { startAfter: 3_600 });
    await boss.send('mail', {});
    const waiting = await read();
    expect(waiting).toMatchObject({ pending: 3, claimed: 0 });
    expect(waiting).toHaveProperty('oldestPendingAge', expect.any(Number));
    const [job] = await boss.fetch('builds');
    expect(await read()).toMatchObject({ pending: 2, claimed: 1 });
    await boss.complete('builds', job?.id ?? '');
    expect(await read()).toMatchObject({ pending: 2, claimed: 0 });
    await boss.stop({ graceful: false });
    await queues.close();
  });

  it('follows jobs of Graphile Worker', { timeout: 60_000 }, async () => {
    const { Logger, makeWorkerUtils, run } = graphileWorkerTool.load(
      'graphile-worker',
    ) as GraphileWorker;
    const logger = new Logger(() => () => {});
    const connectionString = postgres.url;
    const jobs = await makeWorkerUtils({ connectionString, logger });
    await jobs.migrate();
    const { readAll, queues } = openQueues();
    const of = (...tasks: string[]) => declare(graphileWorkerStatement('graphile_worker', tasks));
    const read = () => readAll([of(), of('build')]);
    expect(await read()).toMatchObject([{ status: 'known', pending: 0 }, { pending: 0 }]);
    for (let job = 0; job < 3; job += 1) await jobs.addJob('build', {});
    await jobs.addJob('build', {}, { runAt: new Date(Date.now() + 3_600_000) });
    await jobs.addJob('mail', {});
    // One after the other, so that no second worker could take the others.
    for (let job = 0; job < 3; job += 1) await jobs.addJob('build', {}, { queueName: 'in-order' });
    expect(await read()).toMatchObject([
      { pending: 5, claimed: 0 },
      { pending: 4, claimed: 0 },
    ]);

    let finish: () => void = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const taken: unknown[] = [];
    const work = (payload: unknown) => {
      taken.push(payload);
      return finished;
    };
    const worker = await run({
      connectionString,
      concurrency: 6,
      pollInterval: 100,
      noHandleSignals: true,
      taskList: { build: work },
      logger,
    });
    await expect.poll(() => taken.length, { timeout: 20_000 }).toBe(4);
    expect(await read()).toMatchObject([
      { pending: 1, claimed: 4 },
      { pending: 0, claimed: 4 },
    ]);
    finish();
    await expect
      .poll(() => read(), { timeout: 20_000 })
      .toMatchObject([
        { pending: 1, claimed: 0 },
        { pending: 0, claimed: 0 },
      ]);
    await worker.stop();
    await jobs.release();
    await queues.close();
  });
});
