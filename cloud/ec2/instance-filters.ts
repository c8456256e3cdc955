import { findInstanceType } from '../../pool/catalogue.ts';
import { accountId } from '../account.ts';
import { type InstanceRecord, stateCodes } from '../instance-record.ts';
import { requestState } from './describe-instance.ts';

/** The filters of DescribeInstances and DescribeInstanceStatus that mean something here; see `filtered`. */
export function instanceValues(record: InstanceRecord, name: string) {
  const { instance, group } = record;
  const { offering } = instance;
  switch (name) {
    case 'instance-id':
      return [instance.id];
    case 'instance-state-name':
      return [instance.state];
    case 'instance-state-code':
      return [String(stateCodes[instance.state])];
    case 'instance-type':
      return [offering.instanceType];
    case 'availability-zone':
      return [offering.zone];
    case 'image-id':
      return [record.imageId];
    case 'instance-lifecycle':
      return offering.market === 'spot' ? ['spot'] : [];
    case 'spot-instance-request-id':
      return [record.spotRequestId ?? undefined];
    case 'subnet-id':
      return [record.subnetId];
    case 'private-ip-address':
      return [record.privateIp];
    case 'architecture':
      return [findInstanceType(offering.instanceType)?.architecture];
    case 'owner-id':
      return [accountId];
    case 'vpc-id':
    case 'iam-instance-profile.arn':
    case 'instance.group-id':
    case 'network-interface.vpc-id':
      return [];
    case 'tag:aws:autoscaling:groupName':
      return [group];
    default:
      return null;
  }
}

/** The filters of DescribeSpotInstanceRequests. */
export function requestValues(record: InstanceRecord, name: string) {
  switch (name) {
    case 'instance-id':
      return [record.instance.id];
    case 'spot-instance-request-id':
      return [record.spotRequestId ?? undefined];
    case 'state':
      return [requestState(record.instance)[0]];
    case 'status-code':
      return [requestState(record.instance)[1]];
    case 'launch.instance-type':
      return [record.instance.offering.instanceType];
    case 'launched-availability-zone':
      return [record.instance.offering.zone];
    default:
      return null;
  }
}
