/** The text of a first `muster.yaml`. Pure. */
import type { FoundNetwork } from './find-network.ts';

export interface FirstDeclaration {
  readonly fleet: string;
  readonly region: string;
  readonly network: FoundNetwork;
  /** null: state is kept in files. */
  readonly stateBucket: string | null;
}

/** URL of the queue that the declaration names; nobody has made it yet. */
export function firstQueueUrl({ fleet, region, network }: FirstDeclaration): string {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `https://sqs.${region}.${domain}/${network.accountId}/${firstQueueName(fleet)}`;
}

export function firstQueueName(fleet: string): string {
  return `${fleet}-linux-tasks`;
}

export function firstDeclaration(of: FirstDeclaration): string {
  const { fleet, region, network, stateBucket } = of;
  const vpc = network.isDefault ? 'the default VPC' : (network.name ?? 'the VPC');
  const state = stateBucket === null ? [] : ['state:', `  bucket: ${stateBucket}`, ''];
  const lines = [
    '# A fleet of worker pools. Check it with: npx muster validate',
    '# docs/declaration.md says what every key means. Replace what is marked MINE with your own.',
    '',
    `fleet: ${fleet}   # names and tags everything that is ours in AWS: do not change it later`,
    '',
    ...state,
    'regions:',
    `  ${region}:`,
    `    vpc: ${network.vpcId}   # ${printable(vpc)}`,
    '    subnets:',
    ...network.subnets.map(
      ({ id, zone, publicIp }) => `      - ${id}   # ${zone}${publicIp ? ', public' : ''}`,
    ),
    '',
    'pools:',
    '  linux:',
    '    owner: build@example.com   # MINE: hears of launches that go missing',
    '    queue:',
    `      sqs: ${firstQueueUrl(of)}   # MINE: where the tasks wait`,
    '    capacity: { min: 0, max: 10 }   # in slots: tasks that run at once',
    '    wait: 120s   # the oldest task should start within this',
    '    # capacity: tasks at once. utility: performance of the whole instance, relative to the others.',
    '    instances:',
    '      - { type: c6i.2xlarge, capacity: 2, utility: 2.0 }',
    '      - { type: c7g.2xlarge, capacity: 2, utility: 2.6 }',
    '    market: spot',
    '    image:',
    '      ssm: /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{arch}',
  ];
  return `${lines.join('\n')}\n`;
}

/** A name of the account's goes into a comment, which one line ends. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 60);
}
