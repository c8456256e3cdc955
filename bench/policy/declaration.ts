import { findInstanceType } from '../../pool/catalogue.ts';

export const region = 'us-east-1';
/** Durations of the traces are taken to be of one slot of this type. */
export const referenceType = 'c5.2xlarge';

const eightCpuFamilies = 'c5 c5a c6i c6a m5 m5a m6i m6a c6g c7g m6g'.split(' ');
const types: readonly string[] = [
  ...['c5.xlarge', 'c6i.xlarge', 'c7g.xlarge', 'm6g.xlarge'],
  ...eightCpuFamilies.map((family) => `${family}.2xlarge`),
  ...['c5.4xlarge', 'c6i.4xlarge', 'c6g.4xlarge'],
];

export interface BenchPool {
  /** Seconds. */
  readonly wait: number;
  /** Whether Arm types are left out. */
  readonly x86Only: boolean;
}

/** A pool of 18 types, a slot for each 4 vCPUs, in six zones. */
export function declarationOf({ wait, x86Only }: BenchPool): string {
  const used = types.map(known).filter(({ architecture }) => !x86Only || architecture === 'x86_64');
  const subnets = [...'012345'].map((digit) => `subnet-0a1b2c3${digit}`);
  return `
fleet: bench
regions: { ${region}: { vpc: vpc-0a1b2c3d, subnets: [${subnets.join(', ')}] } }
pools:
  linux:
    description: The pool of the bench
    owner: bench@example.com
    queue: { sqs: https://sqs.${region}.amazonaws.com/111122223333/tasks }
    capacity: { min: 0, max: 10000 }
    wait: ${wait}s
    image: { ssm: '/bench/{arch}' }
    disk: { root: 20GiB }
    market: spot
    instances:
${used.map(({ type, slots, utility }) => `      - { type: ${type}, capacity: ${slots}, utility: ${utility} }`).join('\n')}
`;
}

function known(type: string) {
  const found = findInstanceType(type);
  if (found === null) throw new Error(`the catalogue has no ${type}`);
  const { architecture, virtualCpus, clangMultiScore } = found;
  return { type, architecture, slots: virtualCpus / 4, utility: clangMultiScore };
}
