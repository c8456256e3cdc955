import type { UnixSeconds } from '../../pool/units.ts';
import { bootFactor, costOf, hourlyDisk } from './cost.ts';
import {
  capOf,
  type JudgedChoice,
  judgeChoice,
  type MarketRule,
  marketRule,
  rejectionCauses,
  rejectionCode,
} from './judge-offering.ts';
import type { Memory } from './memory.ts';
import type { Observation, Offering, PoolPolicy } from './observation.ts';
import {
  costFactorOf,
  type OfferingTable,
  type RegionOfferings,
  type SharedCosts,
  type TypeOfferings,
} from './offering-table.ts';
import { type ActiveRefusal, activeRefusals, refusalsOfType } from './refusals.ts';

/** What offerings are judged by. */
export interface OfferingBasis {
  readonly pool: PoolPolicy;
  readonly memory: Memory;
  readonly at: UnixSeconds;
}

/** What one decision judges all offerings by. */
interface Judging {
  /** In the pool's order. */
  readonly choices: readonly JudgedChoice[];
  readonly spot: MarketRule;
  readonly onDemand: MarketRule;
  readonly refusals: readonly ActiveRefusal[];
  readonly costs: SharedCosts;
  readonly rejections: number[];
}

/** Judges every offering once, in one pass. Offerings of other types than the pool's are left out. */
export function judgeOfferings(basis: OfferingBasis, { offerings }: Observation): OfferingTable {
  const judging = judgingOf(basis);
  const { rejections, costs } = judging;
  const regions: RegionOfferings[] = [];
  let choice: JudgedChoice | undefined;
  let end = 0;
  for (let first = 0; first < offerings.length; first = end) {
    const { instanceType, region } = offerings[first]!;
    end = endOfRun(offerings, first);
    if (instanceType !== choice?.choice.type) {
      choice = choiceOf(judging.choices, instanceType, choice);
    }
    if (choice === undefined) continue;
    const inRegion = regionOf(regions, region, basis.memory);
    const spot = typeOf(judging, inRegion, judging.spot, choice, first);
    judgeRun(judging, spot, offerings, first, end);
    const onDemand = typeOf(judging, inRegion, judging.onDemand, choice, first);
    judgeRun(judging, onDemand, offerings, first, end);
  }
  return { offerings, regions, rejections, costs };
}

function judgingOf({ pool, memory, at }: OfferingBasis): Judging {
  const choices: JudgedChoice[] = [];
  for (const choice of pool.instances) {
    // A type that is named twice counts as it is named first.
    if (choices.some((known) => known.choice.type === choice.type)) continue;
    choices.push(judgeChoice(pool, choice, choices.length, memory));
  }
  const disk = pool.disk.root + (pool.disk.data ?? 0);
  const taskDuration = memory.taskDuration.mean;
  const bootTime = memory.bootTime.mean;
  const lifetime = memory.lifetime.mean;
  const boots = bootFactor({ bootTime, lifetime });
  return {
    choices,
    spot: marketRule(pool, 'spot'),
    onDemand: marketRule(pool, 'on-demand'),
    refusals: activeRefusals(memory.refusals, at),
    costs: { disk, taskDuration, bootTime, lifetime, diskPrice: hourlyDisk({ disk }), boots },
    rejections: rejectionCauses.map(() => 0),
  };
}

/** Lists come type by type and region by region, so one look at both serves for many offerings. */
function endOfRun(offerings: readonly Offering[], first: number): number {
  const { instanceType, region } = offerings[first]!;
  let end = first + 1;
  for (; end < offerings.length; end += 1) {
    const offering = offerings[end]!;
    if (offering.instanceType !== instanceType || offering.region !== region) break;
  }
  return end;
}

/** Lists name the types in the pool's order, so the one after the last is nearly always it. */
function choiceOf(
  choices: readonly JudgedChoice[],
  instanceType: string,
  last: JudgedChoice | undefined,
): JudgedChoice | undefined {
  const from = last === undefined ? 0 : last.place + 1;
  for (let step = 0; step < choices.length; step += 1) {
    const known = choices[(from + step) % choices.length]!;
    if (known.choice.type === instanceType) return known;
  }
  return undefined;
}

function regionOf(regions: RegionOfferings[], region: string, memory: Memory): RegionOfferings {
  for (const known of regions) if (known.region === region) return known;
  const interruptions = memory.interruptions[region];
  const added: RegionOfferings = { region, spot: [], onDemand: [], interruptions };
  regions.push(added);
  return added;
}

/** A type in one region and market, opened when it is the first time that it is met there. */
function typeOf(
  { refusals }: Judging,
  region: RegionOfferings,
  rule: MarketRule,
  of: JudgedChoice,
  first: number,
): TypeOfferings {
  const types = rule.market === 'spot' ? region.spot : region.onDemand;
  for (const known of types) if (known.of === of) return known;
  const type: TypeOfferings = {
    region,
    weight: of.choice.capacity,
    rule,
    of,
    refusals:
      refusals.length === 0
        ? null
        : refusalsOfType(refusals, {
            region: region.region,
            market: rule.market,
            instanceType: of.choice.type,
          }),
    first,
    end: first,
    usable: 0,
    priceSum: 0,
    costSum: 0,
    cap: 0,
  };
  types.push(type);
  return type;
}

/** Adds the offerings of a run to their type, or counts what keeps them out. */
function judgeRun(
  { costs, rejections }: Judging,
  type: TypeOfferings,
  offerings: readonly Offering[],
  first: number,
  end: number,
): void {
  const { market } = type.rule;
  const { diskPrice } = costs;
  const share = market === 'spot' ? 1 : type.of.onDemandShare;
  let { usable, priceSum, costSum, cap } = type;
  let bucket: number | null = null;
  let factor = Number.NaN;
  for (let place = first; place < end; place += 1) {
    const offering = offerings[place]!;
    if (offering.market !== market) continue;
    const code = rejectionCode(type, offering);
    rejections[code]! += 1;
    if (code !== 0) continue;
    // Zones nearly always have the published interruption frequency of their neighbours.
    if (Number.isNaN(factor) || offering.interruptionBucket !== bucket) {
      bucket = offering.interruptionBucket;
      factor = costFactorOf(costs, type, bucket);
    }
    const price = offering.price! * share;
    usable += 1;
    priceSum += price;
    costSum += costOf(price, diskPrice, factor);
    const declared = capOf(type, offering);
    if (declared > cap) cap = declared;
  }
  type.end = end;
  type.usable = usable;
  type.priceSum = priceSum;
  type.costSum = costSum;
  type.cap = cap;
}
