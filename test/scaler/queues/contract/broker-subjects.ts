/** Brokers and databases whose queues are read. */
import { createClient } from '@redis/client';
import { Client } from 'pg';
import { startPostgreSql } from '../../../harness/servers/postgresql.ts';
import { startRedis } from '../../../harness/servers/redis.ts';
import { contractEndpoint } from './endpoint.ts';
import { httpSubject } from './http-subject.ts';
import { serverSubject } from './server-subject.ts';
import type { ContractSubject, Counts } from './subject.ts';

const rabbitMqQueues = (ready: string, { pending, claimed }: Counts) => [
  {
    ...{ name: 'tasks', vhost: '/', state: 'running' },
    ...{ [ready]: pending, messages_unacknowledged: claimed },
  },
];

const natsAnswer = (waiting: string, { pending, claimed }: Counts) => ({
  server_id: 'NATS',
  account_details: [
    {
      name: '$G',
      stream_detail: [
        {
          name: 'tasks',
          state: { messages: pending + claimed, first_ts: '2026-01-01T00:00:00Z' },
          consumer_detail: [{ name: 'workers', [waiting]: pending, num_ack_pending: claimed }],
        },
      ],
    },
  ],
});

/** The length of the list `pending` is 3 in the suite; it becomes another answer. */
const insteadOfLength = (answer: string) => (text: string) => text.replace(':3\r\n', answer);

export const brokerSubjects: readonly ContractSubject[] = [
  httpSubject({
    kind: 'rabbitmq',
    declare: (url) => ({
      kind: 'rabbitmq',
      endpoint: contractEndpoint(url),
      virtualHost: '/',
      queue: 'tasks',
    }),
    answer: (_request, counts) => rabbitMqQueues('messages_ready', counts),
    renamed: (_request, counts) => rabbitMqQueues('messages_waiting', counts),
  }),
  serverSubject({
    kind: 'redis',
    against: 'Redis 7',
    without: { 'renamed field': 'a list that is not there is an empty one' },
    declare: (port, access) => ({
      kind: 'redis',
      server: { url: `redis://127.0.0.1:${port}`, ...access },
      queue: { kind: 'list', pending: 'pending', claimed: 'claimed' },
    }),
    start: startRedisWorld,
    rewrites: {
      'negative count': insteadOfLength(':-1\r\n'),
      'absurd count': insteadOfLength(':1000000000000000\r\n'),
      'redirect to another host': insteadOfLength('-MOVED 866 192.0.2.1:6379\r\n'),
      'huge answer': insteadOfLength(`$40000000\r\n${' '.repeat(40_000_000)}\r\n`),
    },
  }),
  serverSubject({
    kind: 'postgresql',
    against: 'PostgreSQL 15',
    without: { 'redirect to another host': 'its protocol has none' },
    declare: (port, access) => ({
      kind: 'postgresql',
      server: { url: `postgresql://127.0.0.1:${port}/postgres`, ...access, user: 'reader' },
      tls: 'off',
      statement: { text: 'select * from counts', values: [] },
    }),
    start: startPostgreSqlWorld,
  }),
  httpSubject({
    kind: 'nats',
    declare: (url) => ({
      kind: 'nats',
      endpoint: contractEndpoint(url),
      others: [],
      account: null,
      stream: 'tasks',
      consumer: 'workers',
    }),
    answer: (_request, counts) => natsAnswer('num_pending', counts),
    renamed: (_request, counts) => natsAnswer('pending', counts),
  }),
];

async function startRedisWorld() {
  const redis = await startRedis();
  const admin = await createClient({ url: redis.url }).connect();
  const password = (value: string) =>
    admin.aclSetUser('muster', ['on', 'resetpass', `>${value}`, '~*', '+@all']);
  return {
    port: redis.port,
    async serve({ pending, claimed }: Counts, secret: string) {
      await password(secret);
      await admin.del(['pending', 'claimed']);
      if (pending > 0) await admin.rPush('pending', Array<string>(pending).fill('task'));
      if (claimed > 0) await admin.rPush('claimed', Array<string>(claimed).fill('task'));
    },
    faults: {
      '401': async () => void (await password('another')),
      '5xx': async () => void (await admin.set('pending', 'no list')),
    },
    async stop() {
      admin.destroy();
      await redis.stop();
    },
  };
}

async function startPostgreSqlWorld() {
  const postgres = await startPostgreSql();
  const admin = new Client({ connectionString: postgres.url });
  await admin.connect();
  await admin.query("create role reader login password 'none'");
  // From now on that one has to say its password.
  const { rows } = await admin.query<{ hba_file: string }>('show hba_file');
  const rules =
    "select 'host all reader all scram-sha-256' union all select 'host all all all trust'";
  await admin.query(`copy (${rules}) to '${rows[0]?.hba_file ?? ''}'`);
  await admin.query('select pg_reload_conf()');
  const replace = async (query: string) => {
    await admin.query(`drop view if exists counts; create view counts as ${query};
      grant select on counts to reader`);
  };
  return {
    port: postgres.port,
    async serve({ pending, claimed }: Counts, secret: string) {
      await admin.query(`alter role reader password '${secret}'`);
      await replace(`select ${pending}::bigint as pending, ${claimed}::bigint as claimed`);
    },
    faults: {
      '401': async () => void (await admin.query("alter role reader password 'another'")),
      '5xx': async () => void (await admin.query('drop view counts')),
      'negative count': () => replace('select -1 as pending, 0 as claimed'),
      'absurd count': () => replace('select 1e15 as pending, 0 as claimed'),
      'renamed field': () => replace('select 3 as waiting, 2 as claimed'),
      'huge answer': () => replace('select n as pending from generate_series(1, 3000000) as n'),
    },
    async stop() {
      await admin.end();
      await postgres.stop();
    },
  };
}
