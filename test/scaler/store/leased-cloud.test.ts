import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  SetDesiredCapacityCommand,
} from '@aws-sdk/client-auto-scaling';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkBeforeSend } from '../../../scaler/aws/check-before-send.ts';
import type { CloudPort } from '../../../scaler/ports.ts';
import { actLimit, LeasedCloud, requireLease } from '../../../scaler/store/leased-cloud.ts';
import { StoreError } from '../../../scaler/store/store.ts';
import { never } from './store-world.ts';

/** Notes the calls that reach it. */
class NotedCloud implements CloudPort {
  readonly region = 'eu-west-1';
  readonly calls: string[] = [];

  async observe() {
    this.calls.push('observe');
    return { region: this.region, groups: [] };
  }
  async setOverrides() {
    this.calls.push('setOverrides');
  }
  async setDesiredCapacity() {
    this.calls.push('setDesiredCapacity');
  }
  async launch() {
    this.calls.push('launch');
    return 1;
  }
  async terminate() {
    this.calls.push('terminate');
  }
}

const everyAct = (cloud: CloudPort) => [
  () => cloud.setOverrides({ group: 'g', overrides: [], spotMaxPrice: null }, never),
  () => cloud.setDesiredCapacity('g', 1, never),
  () => cloud.launch({ group: 'g', zone: 'z', slots: 1, token: 't' }, never),
  () => cloud.terminate('i', never),
];

describe('a cloud under a lease', () => {
  it('acts while the lease outlasts the limit of a call, and else only looks', async () => {
    const inner = new NotedCloud();
    const lease = { left: actLimit + 1, remaining: () => lease.left };
    const order: string[] = [];
    const cloud = new LeasedCloud(inner, lease, async () => {
      order.push('saved');
    });
    for (const act of everyAct(cloud)) await act();
    expect(inner.calls).toEqual(['setOverrides', 'setDesiredCapacity', 'launch', 'terminate']);
    expect(order).toHaveLength(4);
    lease.left = actLimit - 0.1;
    for (const act of everyAct(cloud)) {
      await expect(act()).rejects.toMatchObject({ kind: 'unavailable', code: 'LeaseTooShort' });
    }
    await cloud.observe(never);
    expect(inner.calls.slice(4)).toEqual(['observe']);
  });

  it('looks at the lease once the state is saved, which takes time', async () => {
    const inner = new NotedCloud();
    const lease = { left: actLimit + 1, remaining: () => lease.left };
    const cloud = new LeasedCloud(inner, lease, async () => {
      lease.left = 1;
    });
    await expect(cloud.terminate('i', never)).rejects.toMatchObject({ code: 'LeaseTooShort' });
    expect(inner.calls).toEqual([]);
  });

  it('does not act when another leads, as saving the state then tells', async () => {
    const inner = new NotedCloud();
    const cloud = new LeasedCloud(inner, { remaining: () => 100 }, async () => {
      throw new StoreError('fenced', 'another leads');
    });
    await expect(cloud.terminate('i', never)).rejects.toMatchObject({ kind: 'fenced' });
    expect(inner.calls).toEqual([]);
  });
});

describe('a request that changes something', () => {
  it('is refused as it is handed to the connection, at a second attempt too', async () => {
    const seen: string[] = [];
    let remaining = 10;
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (part) => {
        body += part;
      });
      request.on('end', () => {
        seen.push(new URLSearchParams(body).get('Action') ?? '');
        remaining = 0;
        response.statusCode = 503;
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const client = new AutoScalingClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-west-1',
      maxAttempts: 3,
    });
    onTestFinished(() => {
      client.destroy();
      server.close();
    });
    checkBeforeSend(client, () => requireLease({ remaining: () => remaining }, 0));
    const act = () =>
      client.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: 'g', DesiredCapacity: 1 }));
    await expect(act()).rejects.toMatchObject({ code: 'LeaseTooShort' });
    await expect(act()).rejects.toMatchObject({ code: 'LeaseTooShort' });
    expect(seen).toEqual(['SetDesiredCapacity']);
    await expect(client.send(new DescribeAutoScalingGroupsCommand({}))).rejects.toThrow();
    expect(seen).toContain('DescribeAutoScalingGroups');
  });
});
