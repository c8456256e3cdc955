/** The agent registers with the real API by the document that the local AWS signed for its instance. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { groupName, tagKeys } from '../../pool/names.ts';
import { describeGroup, makeSpotGroup } from '../cloud/fleet-on-cloud.ts';
import { openEndpoint } from '../cloud/metadata-session.ts';
import { missingParts } from '../harness/missing-part.ts';
import { awsCliTool } from '../harness/servers/aws-cli.ts';
import { toolPart } from '../harness/tools/tool.ts';
import { type ApiOnCloud, startApiOnCloud, wanted } from '../scaler/api/api-on-cloud.ts';
import { type AgentHost, makeAgentHost } from './agent-host.ts';

const missing = await missingParts([toolPart(awsCliTool)]);

describe.skipIf(missing)('the agent registers', { timeout: 90_000 }, () => {
  let on: ApiOnCloud;
  let group: string;
  let host: AgentHost;
  let authorization: string;

  beforeAll(async () => {
    on = await startApiOnCloud();
    const { bearerToken } = await on.api.client('root', ['*']);
    authorization = `Bearer ${bearerToken}`;
    const secrets = { password: 'pass word', '../escape': 'no path' };
    await fetch(`${on.api.url}/v1/worker-type/w1`, {
      method: 'PUT',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ ...wanted, secrets }),
    });
    const tags = {
      [tagKeys.fleet]: 'ci',
      [tagKeys.pool]: 'w1',
      [tagKeys.market]: 'spot',
      [`${tagKeys.launchTemplate}x86_64`]: on.session.templateId,
    };
    group = await makeSpotGroup(
      on.session.clients,
      on.session.templateId,
      {
        AutoScalingGroupName: groupName('ci', 'w1', 'spot'),
        Tags: Object.entries(tags).map(([Key, Value]) => ({
          Key,
          Value,
          PropagateAtLaunch: !Key.startsWith(tagKeys.launchTemplate),
        })),
      },
      { 'c6i.large': 1 },
    );
    on.setPending(2);
    await on.iterate(60);
  });
  afterEach(() => host.stop());
  afterAll(() => on?.stop());

  async function start(index: number): Promise<string> {
    const { Instances = [] } = await describeGroup(on.session.clients, group);
    const instanceId = Instances[index]?.InstanceId ?? 'none';
    host = makeAgentHost({
      AWS_ENDPOINT_URL: on.session.running.endpoint,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: await openEndpoint(on.session, { instanceId }),
    });
    host.start({
      MUSTER_SCALER_URL: on.api.url,
      MUSTER_REGISTER: 'true',
      MUSTER_REGISTER_WAIT_SECONDS: '30',
    });
    return instanceId;
  }

  it('waits until the scaler knows of it, and takes its secret, which is gone then', async () => {
    const instanceId = await start(0);
    // The scaler looks at AWS while the agent asks.
    await on.iterate(1);
    await host.until('a first word', () => on.api.heartbeats.heartbeats().has(instanceId));
    const kept = host.at('etc/muster/user-data.json');
    const { workerType, securityToken } = JSON.parse(readFileSync(kept, 'utf8'));
    expect([workerType, statSync(kept).mode & 0o777]).toEqual(['w1', 0o600]);
    const secret = host.at('run/muster/secrets/password');
    expect(readFileSync(secret, 'utf8')).toBe('pass word');
    expect(statSync(secret).mode & 0o777).toBe(0o400);
    expect(existsSync(host.at('run/muster/escape'))).toBe(false);
    const again = await fetch(`${on.api.url}/v1/secret/${securityToken}`);
    expect(again.status).toBe(404);
    expect(host.said()).not.toMatch(new RegExp(`pass word|${securityToken}`));
  });

  it('shows in `state` for how long someone has held it', async () => {
    const instanceId = await start(1);
    host.write('var/tmp/keeprunning', '');
    await on.iterate(1);
    const word = () => on.api.heartbeats.heartbeats().get(instanceId);
    await host.until('a first word', () => word()?.heldSeconds !== undefined);
    await on.iterate(1);
    const answer = await fetch(`${on.api.url}/v1/state/w1`, { headers: { authorization } });
    const { instances } = (await answer.json()) as { instances: Record<string, unknown>[] };
    const held = Object.fromEntries(instances.map((it) => [it.id, it.heldSeconds]));
    expect(held[instanceId]).toEqual(expect.any(Number));
    expect(Object.values(held)).toContain(null);
  });

  it('ends an instance that lost what it was told, as each may register once', async () => {
    // It registered in the test before, on a disk that is gone.
    await start(1);
    await host.until('powered off', () => host.asked().includes('poweroff'));
    expect(host.said()).toMatch(/boot failed: .*HTTP 409 .* has registered before/);
  });
});
