/** Whoever debugs holds the worker with a file: what the agent says then, and what it does not do. */
import { rmSync } from 'node:fs';
import { TerminateInstanceInAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import { afterEach, describe, expect, it } from 'vitest';
import { missingParts } from '../harness/missing-part.ts';
import { awsCliTool } from '../harness/servers/aws-cli.ts';
import { toolPart } from '../harness/tools/tool.ts';
import { type AgentOnCloud, extended, openAgent } from './agent-on-cloud.ts';

const missing = await missingParts([toolPart(awsCliTool)]);

describe.skipIf(missing)('the agent of a held worker', { timeout: 90_000 }, () => {
  let on: AgentOnCloud;
  let session: AgentOnCloud['session'];
  let host: AgentOnCloud['host'];

  async function open(options: Parameters<typeof openAgent>[0] = {}): Promise<void> {
    on = await openAgent(options);
    ({ session, host } = on);
  }
  afterEach(() => on.stop());

  const word = () => on.word();
  const stateInGroup = () => on.stateInGroup();
  const start: AgentOnCloud['start'] = (settings) => on.start(settings);
  const takeTask = () => on.takeTask();

  it.each([
    ['in the middle of its task', false],
    ['after its task', true],
  ])(
    'holds an instance that its group ends for longer than the hook waits, %s',
    async (_, finished) => {
      // AWS waits for 30 s at a time, and the agent thinks of 3 s, so that it says often that it still holds.
      await open({ hookSeconds: 30 });
      await start({ MUSTER_DRAIN_SECONDS: '3' });
      await takeTask();
      host.write('var/tmp/keeprunning', '');
      await session.send(
        new TerminateInstanceInAutoScalingGroupCommand({
          InstanceId: session.instanceId,
          ShouldDecrementDesiredCapacity: false,
        }),
      );
      await host.until('drains', () => word()?.taking === false);
      if (finished) host.write('finish-one', '');
      for (let round = 0; round < 5; round += 1) {
        await extended(host, session);
        await session.running.cloud.step(20);
        expect(await stateInGroup()).toBe('Terminating:Wait');
      }
      expect([host.tasks(finished ? 'done' : 'running'), host.said()]).toEqual([
        ['one'],
        expect.not.stringContaining('hands back'),
      ]);
      rmSync(host.at('var/tmp/keeprunning'));
      if (!finished) {
        await host.until('back in the queue', () => host.tasks('queue')[0] === 'one');
      }
      await host.until('the action is complete', async () => {
        await session.running.cloud.step(1);
        return (await stateInGroup()) !== 'Terminating:Wait';
      });
    },
  );

  it('says for how long someone has held it, and counts as busy meanwhile', async () => {
    await open();
    await start();
    expect(word()).toMatchObject({ busySlots: 0 });
    host.write('var/tmp/keeprunning', '');
    await host.until('is held', () => word()?.heldSeconds !== undefined);
    expect(word()).toMatchObject({ busySlots: 1, taking: true, heldSeconds: expect.any(Number) });
    rmSync(host.at('var/tmp/keeprunning'));
    await host.until('is let go', () => word()?.heldSeconds === undefined);
    expect(word()).toMatchObject({ busySlots: 0, taking: true });
    expect(word()?.holdOver).toBeUndefined();
  });

  it('says that someone has held it for as long as that holds, and works on', async () => {
    await open();
    host.write('var/tmp/keeprunning', '');
    await start({ MUSTER_KEEP_RUNNING_SECONDS: '20' });
    await host.until('is held', () => word()?.heldSeconds !== undefined);
    await host.until('is held no longer', () => word()?.holdOver === true);
    expect(word()).toMatchObject({ busySlots: 0, taking: true });
    expect(word()?.heldSeconds).toBeUndefined();
    await takeTask();
  });
});
