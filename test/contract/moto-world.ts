import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  DeleteAutoScalingGroupCommand,
  PutLifecycleHookCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  CreateLaunchTemplateCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { onDemandPrice } from '../../pool/catalogue.ts';
import { drainHookName, launchTemplateName, tagKeys } from '../../pool/names.ts';
import { AutoScalingCloud } from '../../scaler/aws/auto-scaling-cloud.ts';
import { Prices } from '../../scaler/aws/prices.ts';
import type { Moto } from '../harness/moto.ts';
import { realClock } from '../scaler/samples.ts';
import { type ContractWorld, fleet, group, limits, one, region, zones } from './contract-world.ts';

/** An account with what a group needs, in which each world makes and deletes the group. */
export interface MotoAccount {
  open(): Promise<ContractWorld>;
  close(): Promise<void>;
}

export async function openMotoAccount(moto: Moto): Promise<MotoAccount> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const options = { region, endpoint: moto.endpoint, credentials };
  const ec2 = new EC2Client(options);
  const autoScaling = new AutoScalingClient(options);
  const [subnets, template] = await Promise.all([createSubnets(ec2), createTemplate(ec2)]);
  // The adapter makes its own clients; they find moto by this.
  process.env.AWS_ENDPOINT_URL = moto.endpoint;
  return {
    async open() {
      await createGroup(autoScaling, subnets, template);
      return openWorld(() => deleteGroup(autoScaling));
    },
    async close() {
      delete process.env.AWS_ENDPOINT_URL;
      ec2.destroy();
      autoScaling.destroy();
    },
  };
}

function openWorld(deleteIt: () => Promise<void>): ContractWorld {
  const [home] = fleet.regions;
  const cloud = new AutoScalingCloud(fleet, home!, realClock, () => {});
  const prices = new Prices({
    fleet,
    clock: realClock,
    zonesOf: () => cloud.zones(),
    catalogue: onDemandPrice,
    spotAdvisor: null,
    onFailure: () => {},
  });
  const cannot = (what: string) => async () => {
    throw new Error(`moto cannot ${what}`);
  };
  return {
    cloud,
    prices,
    // It does at once all that it does.
    async settle() {},
    exhaust: cannot('run out of capacity'),
    throttle: cannot('throttle'),
    async stop() {
      prices.close();
      await deleteIt();
    },
  };
}

async function deleteGroup(autoScaling: AutoScalingClient): Promise<void> {
  const byForce = { AutoScalingGroupName: group, ForceDelete: true };
  await autoScaling.send(new DeleteAutoScalingGroupCommand(byForce));
}

async function createSubnets(ec2: EC2Client): Promise<readonly string[]> {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
  return Promise.all(
    zones.map(async (zone, index) => {
      const place = { VpcId: Vpc?.VpcId, AvailabilityZone: zone };
      const { Subnet } = await ec2.send(
        new CreateSubnetCommand({ ...place, CidrBlock: `10.0.${index}.0/24` }),
      );
      return Subnet?.SubnetId ?? '';
    }),
  );
}

/** moto starts the template's type, whatever the overrides say, so it names the group's one. */
async function createTemplate(ec2: EC2Client): Promise<string> {
  const Filters = [{ Name: 'architecture', Values: ['x86_64'] }];
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Filters }));
  const { LaunchTemplate } = await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: launchTemplateName('ci', 'linux', 'x86_64'),
      LaunchTemplateData: { ImageId: Images[0]?.ImageId, InstanceType: 'c6i.xlarge' },
    }),
  );
  return LaunchTemplate?.LaunchTemplateId ?? '';
}

async function createGroup(
  autoScaling: AutoScalingClient,
  subnets: readonly string[],
  templateId: string,
): Promise<void> {
  const template = { LaunchTemplateId: templateId, Version: '$Default' };
  const tags = {
    [tagKeys.fleet]: 'ci',
    [tagKeys.pool]: 'linux',
    [tagKeys.market]: 'spot',
    [`${tagKeys.launchTemplate}x86_64`]: templateId,
  };
  await autoScaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: group,
      MinSize: limits.min,
      MaxSize: limits.max,
      VPCZoneIdentifier: subnets.join(),
      NewInstancesProtectedFromScaleIn: true,
      MixedInstancesPolicy: {
        LaunchTemplate: {
          LaunchTemplateSpecification: template,
          Overrides: [
            {
              InstanceType: one.instanceType,
              WeightedCapacity: String(one.weight),
              LaunchTemplateSpecification: template,
            },
          ],
        },
        InstancesDistribution: {
          OnDemandBaseCapacity: 0,
          OnDemandPercentageAboveBaseCapacity: 0,
          SpotAllocationStrategy: 'price-capacity-optimized',
        },
      },
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value, PropagateAtLaunch: true })),
    }),
  );
  await autoScaling.send(
    new PutLifecycleHookCommand({
      AutoScalingGroupName: group,
      LifecycleHookName: drainHookName,
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
      HeartbeatTimeout: 900,
      DefaultResult: 'CONTINUE',
    }),
  );
}
