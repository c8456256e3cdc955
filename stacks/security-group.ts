import {
  SecurityGroup,
  type SecurityGroupEgress,
  type SecurityGroupIngress,
} from '@cdktf/provider-aws/lib/security-group/index.js';
import { securityGroupName } from '../pool/names.ts';
import type { Access, EgressRule } from '../pool/pool.ts';
import type { PoolPlace } from './pool-in-region.ts';
import { poolTags } from './tags.ts';

const sshPort = 22;
/** Where Prometheus' node exporter listens. */
const metricsPort = 9100;

/**
 * Adds the security group of a pool's workers and returns its id. Nobody may reach a worker unless
 * declared; rules stand inside the group, so that a rule added by hand shows up in the next plan.
 */
export function addSecurityGroup({ stack, fleet, network, pool }: PoolPlace): string {
  const group = new SecurityGroup(stack, `${pool.id}-workers`, {
    name: securityGroupName(fleet.name, pool.id),
    // AWS cannot change a description: only what never changes may stand in it.
    description: `Workers of pool ${pool.id} of fleet ${fleet.name}`,
    vpcId: network.vpcId,
    egress: egressRules(pool.network.egress),
    tags: poolTags(fleet, pool),
  });
  // cdktf leaves out an empty list, and Terraform would then not care which rules there are.
  const ingress = ingressRules(pool.access);
  if (ingress.length === 0) group.addOverride('ingress', []);
  else group.putIngress(ingress);
  return group.id;
}

function egressRules(declared: readonly EgressRule[] | null): SecurityGroupEgress[] {
  if (declared !== null) {
    return declared.map(({ to, port, protocol }) => ({
      description: 'Declared',
      protocol,
      fromPort: port,
      toPort: port,
      ...destination(to),
    }));
  }
  const anywhere = { cidrBlocks: ['0.0.0.0/0'], ipv6CidrBlocks: ['::/0'] };
  return [{ description: 'Anywhere', protocol: '-1', fromPort: 0, toPort: 0, ...anywhere }];
}

function destination(to: string): Partial<SecurityGroupEgress> {
  if (to.startsWith('sg-')) return { securityGroups: [to] };
  if (to.startsWith('pl-')) return { prefixListIds: [to] };
  return { cidrBlocks: [to] };
}

function ingressRules(access: Access): SecurityGroupIngress[] {
  const rule = (description: string, port: number, source: string): SecurityGroupIngress => ({
    description,
    protocol: 'tcp',
    fromPort: port,
    toPort: port,
    securityGroups: [source],
  });
  return [
    ...(access.sshSecurityGroupId ? [rule('SSH', sshPort, access.sshSecurityGroupId)] : []),
    ...(access.metricsSecurityGroupId
      ? [rule('Metrics', metricsPort, access.metricsSecurityGroupId)]
      : []),
  ];
}
