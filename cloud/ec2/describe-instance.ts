import type { Instance, SpotInstanceRequest } from '@aws-sdk/client-ec2';
import { findInstanceType } from '../../pool/catalogue.ts';
import { dateOf } from '../account.ts';
import { type InstanceRecord, metadataOptions, stateCodes } from '../instance-record.ts';
import { zoneId } from '../zones.ts';
import { tagList } from './answers.ts';

export function stateOf(Name: InstanceRecord['instance']['state']) {
  return { Code: stateCodes[Name], Name };
}

export function describeInstance(record: InstanceRecord): Instance {
  const { instance, subnetId, privateIp, spotRequestId, tags } = record;
  const { offering, endedAt, endedBecause } = instance;
  const metadata = metadataOptions(record);
  const reason =
    endedBecause === 'interrupted'
      ? {
          Code: 'Server.SpotInstanceTermination',
          Message: 'Server.SpotInstanceTermination: Spot instance termination',
        }
      : {
          Code: 'Client.UserInitiatedShutdown',
          Message: 'Client.UserInitiatedShutdown: User initiated shutdown',
        };
  return {
    InstanceId: instance.id,
    ImageId: record.imageId,
    State: stateOf(instance.state),
    InstanceType: offering.instanceType as NonNullable<Instance['InstanceType']>,
    LaunchTime: dateOf(Math.floor(instance.launchedAt)),
    AmiLaunchIndex: 0,
    Placement: {
      AvailabilityZone: offering.zone,
      AvailabilityZoneId: zoneId(offering.zone),
      GroupName: '',
      Tenancy: 'default',
    },
    Monitoring: { State: 'disabled' },
    Architecture: findInstanceType(offering.instanceType)?.architecture ?? 'x86_64',
    RootDeviceType: 'ebs',
    RootDeviceName: '/dev/xvda',
    VirtualizationType: 'hvm',
    Hypervisor: 'xen',
    EnaSupport: true,
    EbsOptimized: false,
    SourceDestCheck: true,
    ClientToken: '',
    PlatformDetails: 'Linux/UNIX',
    BlockDeviceMappings: [],
    SecurityGroups: [],
    NetworkInterfaces: [],
    StateTransitionReason: endedAt === null ? '' : `User initiated (${gmt(endedAt)})`,
    ...(endedAt === null
      ? {
          SubnetId: subnetId,
          PrivateIpAddress: privateIp,
          PrivateDnsName: `ip-${privateIp.replaceAll('.', '-')}.${offering.region}.compute.internal`,
        }
      : { StateReason: reason }),
    ...(spotRequestId !== null && {
      InstanceLifecycle: 'spot',
      SpotInstanceRequestId: spotRequestId,
    }),
    MetadataOptions: {
      State: 'applied',
      HttpTokens: metadata.tokenRequired ? 'required' : 'optional',
      HttpPutResponseHopLimit: metadata.hopLimit,
      HttpEndpoint: metadata.enabled ? 'enabled' : 'disabled',
      InstanceMetadataTags: metadata.tags ? 'enabled' : 'disabled',
    },
    Tags: tagList(tags),
  };
}

function gmt(at: number): string {
  return `${dateOf(at).toISOString().slice(0, 19).replace('T', ' ')} GMT`;
}

/** "Spot request status" in the EC2 user guide. */
export function describeRequest({
  instance,
  spotRequestId,
  tags,
}: InstanceRecord): SpotInstanceRequest {
  const [State, Code] = requestState(instance);
  return {
    SpotInstanceRequestId: spotRequestId!,
    CreateTime: dateOf(Math.floor(instance.launchedAt)),
    InstanceId: instance.id,
    LaunchedAvailabilityZone: instance.offering.zone,
    ProductDescription: 'Linux/UNIX',
    State,
    Status: {
      Code,
      Message: '',
      UpdateTime: dateOf(instance.endedAt ?? instance.noticedAt ?? instance.launchedAt),
    },
    Type: 'one-time',
    InstanceInterruptionBehavior: 'terminate',
    Tags: tagList(tags),
  };
}

export function requestState({ endedAt, endedBecause, noticedAt }: InstanceRecord['instance']) {
  if (endedAt === null) {
    return ['active', noticedAt === null ? 'fulfilled' : 'marked-for-termination'] as const;
  }
  return endedBecause === 'interrupted'
    ? (['closed', 'instance-terminated-no-capacity'] as const)
    : (['closed', 'instance-terminated-by-user'] as const);
}
