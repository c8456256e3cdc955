/**
 * The agent under a real systemd, with disks, the metadata service and Auto Scaling of the local AWS, and the real
 * API.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { TerminateInstanceInAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { missingParts } from '../harness/missing-part.ts';
import { awsCliTool } from '../harness/servers/aws-cli.ts';
import { toolPart } from '../harness/tools/tool.ts';
import {
  type AgentMachine,
  type AgentMachines,
  type MachineOptions,
  openAgentMachines,
} from './agent-machines.ts';
import { ansibleTool, machineTool } from './machine-tools.ts';
import { limitSeconds, work } from './worker-image.ts';

const missing = await missingParts([machineTool, ansibleTool, awsCliTool].map(toolPart));

describe.skipIf(missing)('the agent under systemd', { timeout: limitSeconds * 1_000 }, () => {
  let machines: AgentMachines;
  let on: AgentMachines['on'];
  let boot: AgentMachines['boot'];

  beforeAll(async () => {
    machines = await openAgentMachines();
    ({ on, boot } = machines);
  }, limitSeconds * 1_000);
  afterEach(() => machines.stopMachines(), limitSeconds * 1_000);
  afterAll(() => machines?.stop());

  async function takeTask(host: AgentMachine, name: string): Promise<void> {
    await host.until('works', () => host.run(`test -d ${work}/queue && echo yes || true`));
    await host.run(`touch ${work}/queue/${name}`);
    await host.until('busy', () => host.word()?.busySlots === 1);
  }
  const act = (action: string, instanceId: string) =>
    fetch(`${on.session.running.endpoint}/_muster/act`, {
      method: 'POST',
      body: JSON.stringify({ action, instanceIds: [instanceId] }),
    });
  it('boots, registers, mounts its disks, works, and the next worker finds what it wrote', async () => {
    const first = await boot({ disks: 'kept' });
    await first.until('a first word', () => first.word()?.taking === true);
    const mounted = (host: AgentMachine) =>
      host.run('findmnt --noheadings --output TARGET,FSTYPE,UUID --types btrfs | sort');
    const before = await mounted(first);
    expect(before).toMatch(/^\/srv\/kept +btrfs +\S+\n\/var\/lib\/muster +btrfs +\S+$/);
    expect(
      await first.run(
        'cat /run/muster/secrets/password; stat -c %a:%U /run/muster/secrets/password',
      ),
    ).toBe('pass word400:root');
    const { securityToken } = JSON.parse(await first.run('cat /etc/muster/user-data.json'));
    expect((await fetch(`${on.api.url}/v1/secret/${securityToken}`)).status).toBe(404);
    const process = '$(systemctl show --property MainPID --value muster-worker.service)';
    expect(await first.run(`stat -c %U /proc/${process}`)).toBe('muster');

    // Held for debugging, and let go.
    await first.run('touch /var/tmp/keeprunning');
    const held = async () => {
      const answer = await fetch(`${on.api.url}/v1/state/w1`, {
        headers: { authorization: machines.authorization },
      });
      const { instances } = (await answer.json()) as { instances: Record<string, unknown>[] };
      return instances.find(({ id }) => id === first.instanceId)?.heldSeconds;
    };
    await first.until('shown in state', async () => typeof (await held()) === 'number');
    expect(first.word()).toMatchObject({ busySlots: 1 });
    await first.run('rm /var/tmp/keeprunning');
    await first.until('let go', async () => (await held()) === null);

    // A notice in the middle of a task: it finishes that one and takes no other.
    await takeTask(first, 'one');
    await act('interrupt', first.instanceId);
    await first.until('drains', () => first.word()?.taking === false);
    expect(await first.unit()).toBe('deactivating');
    await first.run(`touch ${work}/queue/two ${work}/finish-one; echo kept > /srv/kept/file`);
    await first.until('done', () => first.word()?.busySlots === 0);
    await first.until('has ended', async () => (await first.unit()) === 'inactive');
    expect([await first.tasks('done'), await first.tasks('queue')]).toEqual([['one'], ['two']]);
    expect(await first.run('systemctl show --property Result --value muster-worker')).toBe(
      'success',
    );
    expect(await first.journal()).not.toContain('hands back');
    await machines.stopMachines();

    // Another instance with the same disks.
    const second = await boot({ disks: 'kept' });
    await second.until('takes the task that was left', async () => second.word()?.busySlots === 1);
    expect(second.instanceId).not.toBe(first.instanceId);
    expect(await mounted(second)).toBe(before);
    expect(await second.run('cat /srv/kept/file')).toBe('kept');
    expect([await second.tasks('done'), await second.tasks('running')]).toEqual([['one'], ['two']]);

    // Its group ends it, and the task does not end in time.
    await on.session.send(
      new TerminateInstanceInAutoScalingGroupCommand({
        InstanceId: second.instanceId,
        ShouldDecrementDesiredCapacity: false,
      }),
    );
    await second.until('drains', () => second.word()?.taking === false);
    expect([await second.unit(), await machines.stateInGroup(second.instanceId)]).toEqual([
      'deactivating',
      'Terminating:Wait',
    ]);
    await second.until('hands back', async () => (await second.tasks('queue')).includes('two'));
    await second.until('is let go by its hook', async () => {
      const state = await machines.stateInGroup(second.instanceId);
      return state !== 'Terminating:Wait';
    });
    expect(await second.journal()).toContain('hands back 1 busy slots');
  });

  const failures: [string, MachineOptions, RegExp][] = [
    [
      'its data device never shows up',
      { settings: { MUSTER_DATA_DEVICE: '/dev/absent', MUSTER_DEVICE_WAIT_SECONDS: '1' } },
      /boot failed: .*muster-worker\.service does not start/,
    ],
    [
      'its data device holds what is no filesystem',
      { prepare: "printf 'label: gpt\\n,,L\\n' | sfdisk --quiet /dev/disk1" },
      /boot failed: .*muster-worker\.service does not start/,
    ],
    [
      'the disk is full',
      {
        prepare:
          'mkdir /run/muster; mount -t tmpfs -o size=64k none /run/muster; cat /dev/zero > /run/muster/full || true',
      },
      /boot failed: .*(No space left on device|cannot be written)/,
    ],
    [
      'the scaler does not answer',
      {
        settings: { MUSTER_SCALER_URL: 'http://10.0.2.2:9', MUSTER_REGISTER_WAIT_SECONDS: '2' },
      },
      /boot failed: worker data: .*HTTP 000/,
    ],
    ['no token is given', { metadata: false }, /boot failed: the metadata service does not answer/],
  ];

  it('says what failed at boot, waits for whoever debugs, and powers off', async () => {
    for (const [what, options, reason] of failures) {
      const host = await boot(options);
      await host.run('touch /var/tmp/keeprunning');
      await host.until(what, () => reason.test(host.log()));
      expect(await host.journal(), what).toMatch(reason);
      if (what.includes('no filesystem')) {
        expect(await host.run('blkid -p -s PTTYPE -o value /dev/disk1')).toBe('gpt');
        expect(await host.run('journalctl -o cat -u muster-data-volume')).toContain('left alone');
      }
      await host.until('is held', async () => (await host.journal()).includes('held by'));
      await sleep(2_000);
      expect([what, host.isOff(), await host.unit()]).toEqual([what, false, 'inactive']);
      await host.run('rm /var/tmp/keeprunning');
      await host.until(`powers off: ${what}`, () => host.isOff());
    }
  });
});
