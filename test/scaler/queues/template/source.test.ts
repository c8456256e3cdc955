/** Template of a source's test, against a server that is as real as can be had. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Secrets } from '../../../../scaler/queues/secrets.ts';
import type { SourceFailure, SourceReading } from '../../../../scaler/queues/source.ts';
import { SourceHttp } from '../../../../scaler/queues/source-http.ts';
import { type HttpFake, startHttpFake } from '../../http-fake.ts';
import { never, realClock, region } from '../../samples.ts';
import { type CounterDeclaration, counterForm } from './form.ts';
import { counterSource } from './source.ts';

let server: HttpFake;
beforeAll(async () => {
  const counts = { linux: { waiting: 3, running: 2, oldestSeconds: 40 } };
  server = await startHttpFake((_request, response) => response.end(JSON.stringify(counts)));
});
afterAll(() => server.close());

const declare = (poolName: string): CounterDeclaration => {
  const written = counterForm.schema.parse({ url: server.url });
  return counterForm.declare(written, { poolName, firstRegion: region, region: null });
};

it('reads the counts of every queue at once', async () => {
  const credentials = { kind: 'default' } as const;
  const secrets = new Secrets({ region, credentials, clock: realClock, environment: {} });
  const open = counterSource.open(
    {
      clock: realClock,
      http: new SourceHttp(secrets),
      secrets,
      environment: {},
      credentialsOf: () => credentials,
      report: () => {},
      waitBeforeNextRead: () => {},
    },
    declare('linux'),
  );
  const answers = new Map<string, SourceReading | SourceFailure>();
  const declarations = new Map([
    ['one', declare('linux')],
    ['two', declare('mac')],
  ]);
  await open.read(declarations, (key, answer) => answers.set(key, answer), never);
  expect(answers.get('one')).toEqual({ pending: 3, claimed: 2, oldestPendingAge: 40 });
  expect(answers.get('two')).toEqual({
    error: expect.stringContaining('no queue mac; there are linux'),
  });
  expect(server.received).toHaveLength(1);
});
