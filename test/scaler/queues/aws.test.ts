/** What sources have of AWS beside SQS: metrics and secrets. */
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CloudWatchDeclaration } from '../../../pool/queues/cloudwatch.ts';
import type { SecretReference } from '../../../pool/queues/secret.ts';
import { Secrets } from '../../../scaler/queues/secrets.ts';
import { missingParts } from '../../harness/missing-part.ts';
import { type Moto, motoPart, startMoto } from '../../harness/moto.ts';
import { startHttpFake } from '../http-fake.ts';
import { never, realClock, region } from '../samples.ts';
import { openQueues } from './open-queues.ts';

const metric = (name: string, queue = 'linux') => ({
  namespace: 'CI',
  metric: name,
  dimensions: { Queue: queue },
  statistic: 'Maximum' as const,
  period: 60,
});

const declare = (change: Partial<CloudWatchDeclaration> = {}): CloudWatchDeclaration => ({
  kind: 'cloudwatch',
  region,
  pending: metric('Waiting'),
  claimed: metric('Running'),
  oldestPendingAge: metric('Age'),
  ...change,
});

describe.skipIf(await missingParts([motoPart]))('on moto', () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
    process.env.AWS_ENDPOINT_URL = moto.endpoint;
  }, 90_000);
  afterAll(async () => {
    delete process.env.AWS_ENDPOINT_URL;
    await moto.stop();
  });

  const put = (name: string, value: number, minutesAgo: number, queue = 'linux') =>
    new CloudWatchClient({}).send(
      new PutMetricDataCommand({
        Namespace: 'CI',
        MetricData: [
          {
            MetricName: name,
            Dimensions: [{ Name: 'Queue', Value: queue }],
            Timestamp: new Date(Math.floor(Date.now() / 60_000 - minutesAgo) * 60_000),
            Value: value,
          },
        ],
      }),
    );

  it('takes the newest value of each metric', async () => {
    for (const [name, value, minutesAgo] of [
      ['Waiting', 90, 3],
      ['Waiting', 7, 1],
      ['Running', 2, 1],
      ['Age', 33, 1],
    ] as const) {
      await put(name, value, minutesAgo);
    }
    expect(await openQueues().readOne(declare())).toMatchObject({
      status: 'known',
      pending: 7,
      claimed: 2,
      oldestPendingAge: 33,
    });
  });

  it('does not take an old value, or none, for zero', async () => {
    await put('Waiting', 5, 20, 'old');
    const hourly = { ...metric('Waiting'), period: 3_600 };
    const [old, absent] = await openQueues().readAll([
      declare({ pending: metric('Waiting', 'old'), claimed: null }),
      declare({ pending: metric('Waitng'), claimed: null }),
      // All of a call look back as far as the one with the longest period.
      declare({ pending: hourly, claimed: null }),
    ]);
    expect(old).toMatchObject({ error: expect.stringContaining('no recent value of CI Waiting') });
    expect(absent).toMatchObject({ error: expect.stringContaining('CI Waitng') });
  });

  it('reads secrets where they stand, keeps them, and reads them anew when told to', async () => {
    const ssm = new SSMClient({});
    const manager = new SecretsManagerClient({});
    const setParameter = (Value: string) =>
      ssm.send(
        new PutParameterCommand({
          Name: '/ci/token',
          Value,
          Type: 'SecureString',
          Overwrite: true,
        }),
      );
    await setParameter('from-ssm');
    await manager.send(new CreateSecretCommand({ Name: 'ci/plain', SecretString: 'from-manager' }));
    const pair = JSON.stringify({ username: 'u', password: 'from-json' });
    const { ARN = '' } = await manager.send(
      new CreateSecretCommand({ Name: 'ci/pair', SecretString: pair }),
    );
    const credentials = { kind: 'default' } as const;
    const secrets = new Secrets({ region, credentials, clock: realClock, environment: {} });
    const at = (from: SecretReference['from'], name: string, field: string | null = null) =>
      secrets.read({ kind: 'secret', from, name, field }, never);
    expect(await at('ssm', '/ci/token')).toBe('from-ssm');
    expect(await at('secretsManager', 'ci/plain')).toBe('from-manager');
    expect(await at('secretsManager', ARN, 'password')).toBe('from-json');
    await setParameter('rotated');
    expect(await at('ssm', '/ci/token')).toBe('from-ssm');
    secrets.forget({ kind: 'secret', from: 'ssm', name: '/ci/token', field: null });
    expect(await at('ssm', '/ci/token')).toBe('rotated');
    expect(secrets.redact('from-ssm, rotated and from-json in a row')).toBe(
      '[redacted], [redacted] and [redacted] in a row',
    );
    await expect(at('ssm', '/ci/absent')).rejects.toThrow('parameter /ci/absent is not there');
    await expect(at('secretsManager', 'ci/pair', 'user')).rejects.toThrow('field user of secret');
    await expect(at('secretsManager', 'ci/absent')).rejects.toThrow('ci/absent');
  });
});

describe('CloudWatch', () => {
  it('is asked once for 500 metrics, whichever pools they are of', async () => {
    const fake = await startHttpFake((request, response) => {
      const { MetricDataQueries } = JSON.parse(request.body) as {
        MetricDataQueries: { Id: string }[];
      };
      const Timestamps = [Math.floor(Date.now() / 60_000) * 60];
      const MetricDataResults = MetricDataQueries.map(({ Id }) => ({
        Id,
        Timestamps,
        Values: [3],
      }));
      response.setHeader('content-type', 'application/x-amz-json-1.0');
      response.end(JSON.stringify({ MetricDataResults }));
    });
    process.env.AWS_ENDPOINT_URL_CLOUDWATCH = fake.url;
    const alone = { claimed: null, oldestPendingAge: null };
    const pools = Array.from({ length: 1_000 }, (_, index) =>
      declare({ pending: metric('Waiting', `queue-${index}`), ...alone }),
    );
    const readings = await openQueues().readAll(pools);
    expect(readings.filter((one) => one.status === 'known' && one.pending === 3)).toHaveLength(
      1_000,
    );
    expect(fake.received).toHaveLength(2);
    delete process.env.AWS_ENDPOINT_URL_CLOUDWATCH;
    await fake.close();
  });
});
