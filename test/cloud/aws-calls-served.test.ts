/** The one list of the scaler's AWS calls, held against what the local AWS serves and what it passes on. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { servedOperations } from '../../cloud/served-operations.ts';
import { isServed } from '../../cloud/service.ts';
import { awsCalls } from '../../pool/aws-calls.ts';
import { startCloud } from './running-cloud.ts';
import { signature } from './send-call.ts';

/** Calls of the scaler that an upstream serves, by name. */
const passedOn: readonly string[] = [
  'cloudwatch:GetMetricData',
  'cloudwatch:PutMetricData',
  'dynamodb:ConditionCheckItem',
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:Query',
  'kms:Decrypt',
  'kms:GenerateDataKey',
  'secretsmanager:GetSecretValue',
  'sns:Publish',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:GetQueueUrl',
  'sqs:ReceiveMessage',
  'ssm:GetParameters',
];

const actions: readonly string[] = awsCalls.map(({ action }) => action);
const served = (action: string) => {
  const [service = '', operation = ''] = action.split(':');
  return isServed(service, operation);
};

describe('calls that the scaler makes', () => {
  it('are each served, or passed on by name', () => {
    const neither = actions.filter((action) => !served(action) && !passedOn.includes(action));
    expect(neither).toEqual([]);
    const count = `${actions.length} calls read, ${actions.filter(served).length} served`;
    console.log(count);
    expect(actions.length, count).toBeGreaterThan(12);
  });

  it('that are passed on are none that is served, and all calls of the list', () => {
    expect(passedOn.filter(served)).toEqual([]);
    expect(passedOn.filter((action) => !actions.includes(action))).toEqual([]);
  });

  it('a call that is neither would be found', () => {
    expect(served('autoscaling:PutScalingPolicy')).toBe(false);
    expect(served('ec2:DescribeInstances')).toBe(true);
    expect(Object.values(servedOperations).flat().length).toBeGreaterThan(40);
  });

  it('reach the upstream under their names, and are refused by name where there is none', async () => {
    const heard: string[] = [];
    const upstream = createServer((request, response) => {
      const [, service] = /\/([a-z0-9]+)\/aws4_request/.exec(request.headers.authorization!) ?? [];
      request.setEncoding('utf8');
      request.on('data', (text: string) => {
        heard.push(`${service}:${new URLSearchParams(text).get('Action')}`);
      });
      request.on('end', () => response.end('{}'));
    });
    upstream.listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    const { port } = upstream.address() as AddressInfo;
    const withUpstream = await startCloud({ upstream: `http://127.0.0.1:${port}` });
    const alone = await startCloud();
    try {
      for (const action of passedOn) {
        const [service = '', operation = ''] = action.split(':');
        const request = {
          method: 'POST',
          headers: { authorization: signature(service, 'eu-west-1') },
          body: `Action=${operation}`,
        };
        expect((await fetch(withUpstream.endpoint, request)).status).toBe(200);
        const refused = await fetch(alone.endpoint, request);
        expect(refused.status).toBe(400);
        expect(await refused.text()).toContain(`The action ${operation} of ${service}`);
      }
      expect(heard).toEqual(passedOn);
    } finally {
      await Promise.all([withUpstream.stop(), alone.stop()]);
      upstream.close();
    }
  });
});
