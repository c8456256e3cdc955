import { describe, expect, it } from 'vitest';
import { onDemandPrice } from '../../pool/catalogue.ts';
import { costOf, hoursPerMonth, printCost } from '../../pool/fleet-cost.ts';
import { parseFleet } from '../../pool/load.ts';

const fleet = (region: string) =>
  parseFleet(
    `fleet: ci
regions:
  ${region}: { vpc: vpc-1, subnets: [subnet-1] }
pools:
  linux:
    owner: build@example.com
    queue: { sqs: https://sqs.eu-west-1.amazonaws.com/111122223333/linux-tasks }
    capacity: { min: 3, max: 10 }
    image: { id: ami-0a1b2c3d }
    instances: [{ type: c6i.large, capacity: 1 }, { type: c6i.2xlarge, capacity: 4 }]
`,
    'muster.yaml',
  );

describe('what a fleet may cost', () => {
  it('is between the cheapest minimum and the dearest maximum', () => {
    const small = onDemandPrice('c6i.large', 'eu-west-1') ?? 0;
    const large = onDemandPrice('c6i.2xlarge', 'eu-west-1') ?? 0;
    expect(small).toBeGreaterThan(0);
    const [pool] = fleet('eu-west-1').pools;
    if (pool === undefined) throw new Error('no pool');
    const cost = costOf(pool);
    expect(cost.leastPerHour).toBeCloseTo(Math.min(3 * small, large), 9);
    expect(cost.mostPerHour).toBeCloseTo(Math.max(10 * small, 3 * large), 9);
    expect(cost.unpriced).toEqual([]);
    const table = printCost(fleet('eu-west-1'));
    const month = (Math.max(10 * small, 3 * large) * hoursPerMonth).toFixed(2);
    expect(table).toContain(`to ${month} |\n| all | 3 to 10 |`);
  });

  it('says what it does not know', () => {
    const table = printCost(fleet('eu-north-1'));
    expect(table).toContain('| linux | 3 to 10 | unknown to unknown |');
    expect(table).toContain(
      'Without a known price: c6i.2xlarge in eu-north-1, c6i.large in eu-north-1.',
    );
  });
});
