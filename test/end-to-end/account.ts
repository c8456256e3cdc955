/** What stands in the account, by the account's own word. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import {
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling';
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { findPython } from '../harness/moto.ts';
import { projectRoot } from '../harness/project-root.ts';
import { required, type World } from './world.ts';

export async function group(world: World, market: string): Promise<AutoScalingGroup> {
  const names = { AutoScalingGroupNames: [`ci_linux_${market}`] };
  const answer = await world.autoScaling.send(new DescribeAutoScalingGroupsCommand(names));
  return required(answer.AutoScalingGroups?.[0], `the ${market} group`);
}

/** Ids, sorted. */
export async function runningInstances({ ec2 }: World): Promise<readonly string[]> {
  const Filters = [{ Name: 'instance-state-name', Values: ['pending', 'running'] }];
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ Filters }));
  return Reservations.flatMap(({ Instances = [] }) =>
    Instances.map(({ InstanceId }) => InstanceId ?? ''),
  ).sort();
}

/** Pending and claimed. */
export async function queueLength({ sqs, queueUrl }: World): Promise<number> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
  );
  return (
    Number(Attributes?.ApproximateNumberOfMessages) +
    Number(Attributes?.ApproximateNumberOfMessagesNotVisible)
  );
}

/** One line for each group, template, role and so on, sorted; those of the account itself too. */
export function ownedResources({ environment }: World): readonly string[] {
  const script = join(projectRoot, 'test/end-to-end/owned-resources.py');
  const python = required(findPython(), 'a Python with boto3');
  const output = execFileSync(python, [script], { env: environment, timeout: 60_000 });
  return JSON.parse(output.toString()) as string[];
}
