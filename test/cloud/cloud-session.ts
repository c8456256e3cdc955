import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import {
  type Clients,
  clientsFor,
  describeGroup,
  makeSpotGroup,
  makeTemplate,
} from './fleet-on-cloud.ts';
import { type RunningCloud, startCloud } from './running-cloud.ts';

/** A cloud of its own for one test, with clients, a template, and short ways to what tests ask often. */
export interface CloudSession {
  readonly running: RunningCloud;
  readonly clients: Clients;
  readonly templateId: string;
  /** Sends to Auto Scaling. */
  readonly send: AutoScalingClient['send'];
  /** A spot group with so many instances of weight 1, in service; returns its name. */
  groupOf(count: number): Promise<string>;
  /** Lifecycle states of a group's instances. */
  states(group: string): Promise<readonly (string | undefined)[]>;
  instanceIds(group: string): Promise<string[]>;
  stop(): Promise<void>;
}

export async function openSession(
  options: Parameters<typeof startCloud>[0] = {},
): Promise<CloudSession> {
  const running = await startCloud(options);
  const clients = clientsFor(running.endpoint);
  const templateId = await makeTemplate(clients, 'template');
  const instancesOf = async (group: string) =>
    (await describeGroup(clients, group)).Instances ?? [];
  return {
    running,
    clients,
    templateId,
    send: clients.autoScaling.send.bind(clients.autoScaling) as AutoScalingClient['send'],
    async groupOf(count) {
      const weights = { 'c6i.large': 1 };
      const name = await makeSpotGroup(clients, templateId, { DesiredCapacity: count }, weights);
      await running.cloud.step(60);
      const ready = (await instancesOf(name)).filter(
        ({ LifecycleState }) => LifecycleState === 'InService',
      );
      if (ready.length === count) return name;
      throw new Error(`${ready.length} instances are in service, not ${count}`);
    },
    states: async (group) => (await instancesOf(group)).map(({ LifecycleState }) => LifecycleState),
    instanceIds: async (group) => (await instancesOf(group)).map(({ InstanceId }) => InstanceId!),
    async stop() {
      clients.destroy();
      await running.stop();
    },
  };
}

export const ofGroup = (name: string) => ({ AutoScalingGroupName: name });
