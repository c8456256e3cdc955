import { AutoscalingGroup } from '@cdktf/provider-aws/lib/autoscaling-group/index.js';
import { AutoscalingLifecycleHook } from '@cdktf/provider-aws/lib/autoscaling-lifecycle-hook/index.js';
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group/index.js';
import { DataAwsAmi } from '@cdktf/provider-aws/lib/data-aws-ami/index.js';
import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity/index.js';
import { DataAwsSsmParameter } from '@cdktf/provider-aws/lib/data-aws-ssm-parameter/index.js';
import { IamInstanceProfile } from '@cdktf/provider-aws/lib/iam-instance-profile/index.js';
import { IamPolicy } from '@cdktf/provider-aws/lib/iam-policy/index.js';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy/index.js';
import { LaunchTemplate } from '@cdktf/provider-aws/lib/launch-template/index.js';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider/index.js';
import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group/index.js';
import { App, TerraformOutput, TerraformStack } from 'cdktf';
import type { Fleet, Pool, Region } from '../../pool/pool.ts';

/** About as long as the real one, which is text to both. */
const userData = Buffer.alloc(14_000, 'a script\n').toString('base64');

/**
 * The stacks of the bench's fleet as a person would write them straight in CDKTF: one loop over pools
 * and regions, all values in place. What the stacks take from a declaration is a constant here.
 *
 * @param scalerPolicies how many policies the scaler's rights take, which a person would count out
 */
export function rawApp(fleet: Fleet, scalerPolicies: number, directory: string): App {
  const app = new App({ outdir: directory, stackTraces: false });
  const shared = sharedStack(app, fleet, scalerPolicies);
  for (const region of fleet.regions) regionStack(app, fleet, region).addDependency(shared);
  return app;
}

function sharedStack(app: App, fleet: Fleet, scalerPolicies: number): TerraformStack {
  const stack = new TerraformStack(app, `${fleet.name}-shared`);
  new AwsProvider(stack, 'aws', { region: 'eu-west-1' });
  const account = new DataAwsCallerIdentity(stack, 'account').accountId;
  const roleArns: Record<string, string> = {};
  for (const pool of fleet.pools) {
    const name = `${fleet.name}-${pool.id}-worker`;
    const tags = { Name: name, team: 'build' };
    const role = new IamRole(stack, `${pool.id}-worker`, {
      name,
      path: `/muster/${fleet.name}/`,
      assumeRolePolicy: policy('sts:AssumeRole', ['*']),
      tags,
    });
    new IamRolePolicy(stack, `${pool.id}-policy`, {
      name: 'worker',
      role: role.name,
      policy: policy('sqs:ReceiveMessage', [`arn:aws:sqs:eu-west-1:${account}:${pool.id}`]),
    });
    new IamInstanceProfile(stack, `${pool.id}-profile`, {
      name,
      path: `/muster/${fleet.name}/`,
      role: role.name,
      tags,
    });
    roleArns[pool.id] = role.arn;
  }
  new TerraformOutput(stack, 'worker_role_arns', { description: 'Roles', value: roleArns });
  new TerraformOutput(stack, 'scaler_policy_arns', {
    description: 'Policies',
    value: Array.from(
      { length: scalerPolicies },
      (_, index) =>
        new IamPolicy(stack, `scaler-${index}`, {
          name: `scaler-${index}`,
          description: 'The scaler',
          policy: policy('sqs:GetQueueAttributes', ['*']),
          tags: { Name: fleet.name },
        }).arn,
    ),
  });
  return stack;
}

function policy(action: string, resources: readonly string[]): string {
  const statement = { Effect: 'Allow', Action: [action], Resource: resources };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

function regionStack(app: App, fleet: Fleet, region: Region): TerraformStack {
  const stack = new TerraformStack(app, `${fleet.name}-${region.name}`);
  new AwsProvider(stack, 'aws', { region: region.name });
  const rootDevices = Object.fromEntries(
    ['x86_64', 'arm64'].map((architecture) => {
      const parameter = new DataAwsSsmParameter(stack, `parameter-${architecture}`, {
        name: `/muster/bench/${architecture}`,
      });
      const filter = [
        { name: 'image-id', values: [parameter.insecureValue] },
        { name: 'architecture', values: [architecture] },
      ];
      const image = new DataAwsAmi(stack, `image-${architecture}`, { filter });
      return [architecture, image.rootDeviceName];
    }),
  );
  const groupIds: Record<string, string> = {};
  for (const pool of fleet.pools) {
    groupIds[pool.id] = addPool(stack, fleet, region, pool, rootDevices);
  }
  new TerraformOutput(stack, 'asg_workers_sec_group_ids', {
    description: 'Security groups',
    value: groupIds,
  });
  if (fleet.pools.length === 1) {
    new TerraformOutput(stack, 'asg_workers_sec_group_id', {
      description: 'Security group',
      value: Object.values(groupIds)[0],
    });
  }
  return stack;
}

function addPool(
  stack: TerraformStack,
  fleet: Fleet,
  region: Region,
  pool: Pool,
  rootDevices: Readonly<Record<string, string>>,
): string {
  const tags = {
    Name: `${fleet.name}-${pool.id}`,
    fleet: fleet.name,
    pool: pool.id,
    team: 'build',
  };
  new CloudwatchLogGroup(stack, `${pool.id}-logs`, {
    name: `/muster/${fleet.name}/${pool.id}`,
    retentionInDays: 30,
    tags,
  });
  const securityGroup = new SecurityGroup(stack, `${pool.id}-workers`, {
    name: `muster-${fleet.name}-${pool.id}`,
    description: `Workers of ${pool.id}`,
    vpcId: existing(region).vpcId,
    ingress: [],
    egress: [
      {
        description: 'Anywhere',
        protocol: '-1',
        fromPort: 0,
        toPort: 0,
        cidrBlocks: ['0.0.0.0/0'],
        ipv6CidrBlocks: ['::/0'],
      },
    ],
    tags,
  });
  const templateIds: Record<string, string> = {};
  for (const [architecture, rootDevice] of Object.entries(rootDevices)) {
    const volume = { volumeType: 'gp3', encrypted: 'true', deleteOnTermination: 'true' };
    templateIds[architecture] = new LaunchTemplate(stack, `${pool.id}-${architecture}`, {
      name: `${fleet.name}-${pool.id}-${architecture}`,
      updateDefaultVersion: true,
      imageId: `resolve:ssm:/muster/bench/${architecture}`,
      iamInstanceProfile: { name: `${fleet.name}-${pool.id}-worker` },
      vpcSecurityGroupIds: [securityGroup.id],
      blockDeviceMappings: [
        { deviceName: rootDevice, ebs: { ...volume, volumeSize: 20 } },
        { deviceName: '/dev/sdf', ebs: { ...volume, volumeSize: 130 } },
      ],
      metadataOptions: {
        httpEndpoint: 'enabled',
        httpTokens: 'required',
        httpPutResponseHopLimit: 1,
        instanceMetadataTags: 'disabled',
      },
      tagSpecifications: [
        { resourceType: 'instance', tags },
        { resourceType: 'volume', tags },
      ],
      userData,
      tags,
    }).id;
  }
  for (const market of ['spot', 'on-demand'])
    addGroup(stack, region, pool, market, templateIds, tags);
  return securityGroup.id;
}

function addGroup(
  stack: TerraformStack,
  region: Region,
  pool: Pool,
  market: string,
  templateIds: Readonly<Record<string, string>>,
  tags: Readonly<Record<string, string>>,
): void {
  const template = (architecture: string) => ({
    launchTemplateId: templateIds[architecture] as string,
    version: '$Default',
  });
  const group = new AutoscalingGroup(stack, `${pool.id}-${market}`, {
    name: `${pool.id}-${market}`,
    minSize: 0,
    maxSize: 200,
    vpcZoneIdentifier: [...existing(region).subnetIds],
    mixedInstancesPolicy: {
      instancesDistribution: {
        onDemandBaseCapacity: 0,
        onDemandPercentageAboveBaseCapacity: market === 'spot' ? 0 : 100,
        onDemandAllocationStrategy: 'prioritized',
        spotAllocationStrategy: 'price-capacity-optimized',
        ...(market === 'spot' ? { spotMaxPrice: '0.15' } : {}),
      },
      launchTemplate: {
        launchTemplateSpecification: template('x86_64'),
        override: [
          { type: 'c6i.2xlarge', weight: '2', architecture: 'x86_64' },
          { type: 'c7g.2xlarge', weight: '2', architecture: 'arm64' },
          { type: 'm6a.4xlarge', weight: '4', architecture: 'x86_64' },
        ].map(({ type, weight, architecture }) => ({
          instanceType: type,
          weightedCapacity: weight,
          launchTemplateSpecification: template(architecture),
        })),
      },
    },
    protectFromScaleIn: true,
    suspendedProcesses: ['AZRebalance'],
    capacityRebalance: false,
    forceDelete: true,
    waitForCapacityTimeout: '0',
    tag: [
      ...Object.entries({ ...tags, market }).map(([key, value]) => ({
        key,
        value,
        propagateAtLaunch: true,
      })),
      ...Object.entries(templateIds).map(([architecture, value]) => ({
        key: `template:${architecture}`,
        value,
        propagateAtLaunch: false,
      })),
    ],
    lifecycle: { ignoreChanges: ['desired_capacity'] },
  });
  new AutoscalingLifecycleHook(stack, `${pool.id}-${market}-drain`, {
    name: 'drain',
    autoscalingGroupName: group.name,
    lifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
    heartbeatTimeout: 900,
    defaultResult: 'CONTINUE',
  });
}

function existing({ name, network }: Region) {
  if (network.kind === 'created')
    throw new Error(`${name} has no VPC: declare one to compare with`);
  return network;
}
