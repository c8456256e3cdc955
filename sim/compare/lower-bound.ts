import { marketsOf } from '../../pool/markets.ts';
import type { InstanceChoice, Pool } from '../../pool/pool.ts';
import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import type { MarketRegion, Place, PriceSource } from '../market.ts';
import { hoursPerMonth, type SimulationParameters } from '../parameters.ts';
import type { TaskArrival } from '../task-queue.ts';

export interface BoundBasis {
  readonly pool: Pick<Pool, 'instances' | 'disk' | 'market'>;
  /** In order of arrival. */
  readonly tasks: readonly TaskArrival[];
  /** Every place where the pool may launch. */
  readonly regions: readonly Pick<MarketRegion, 'region' | 'zones'>[];
  readonly prices: PriceSource;
  /** How long a task may wait before the run that finishes it starts. */
  readonly wait: Seconds;
  readonly parameters: Pick<SimulationParameters, 'billing' | 'worker'>;
}

const hour: Seconds = 3600;

/**
 * The least USD for which any scaler could have had these tasks done, had it known the future: each
 * second of work at the lowest price per utility that any offering of the pool had from an hour before the
 * task arrived until it must have ended. No boots, no idle slots, no interruptions, whole capacity.
 * `docs/simulate.md` has the proof, and what it holds for: runs in which every task is finished by a
 * run that starts within the wait, as billed by `billing.ts` but for refunds.
 *
 *     bound = sum over tasks of duration x u0 / 3600 x min over t in [arrival - 1 h, arrival + wait + slowest run]
 *             of min over offerings of (price(t) + disk) / utility
 *
 * with u0 the utility per slot of the machine on which durations are stated. The hour before is there
 * because an instance pays, for each hour of its life, the price at the start of that hour. Discounts
 * are not in it, as they are not in the simulated bill.
 */
export function lowerBound(basis: BoundBasis): number {
  const { pool, tasks, wait, parameters } = basis;
  const first = tasks[0];
  if (first === undefined) return 0;
  const { referenceUtilityPerSlot } = parameters.worker;
  const slowest = Math.max(
    ...pool.instances.map((choice) => slowness(choice, referenceUtilityPerSlot)),
  );
  const longest = tasks.reduce((most, { duration }) => Math.max(most, duration), 0);
  const end = tasks.at(-1)!.at + wait + longest * slowest;
  const cheapest = cheapestByHour(basis, first.at - hour, end);
  let usd = 0;
  for (const { at, duration } of tasks) {
    const lowest = cheapest(at - hour, at + wait + duration * slowest);
    usd += ((duration * referenceUtilityPerSlot) / hour) * lowest;
  }
  return usd;
}

/** Seconds that a task takes for each second of its stated duration. */
function slowness({ utility, capacity }: InstanceChoice, referenceUtilityPerSlot: number): number {
  return referenceUtilityPerSlot / (utility / capacity);
}

/** Lowest USD per hour and utility within a span of time; a span counts in whole hours, outwards. */
function cheapestByHour(
  { pool, regions, prices, parameters: { billing } }: BoundBasis,
  start: UnixSeconds,
  end: UnixSeconds,
): (from: UnixSeconds, until: UnixSeconds) => number {
  const gibibytes = pool.disk.root + (pool.disk.data ?? 0);
  const disk = (gibibytes * billing.ebsUsdPerGibibyteMonth) / hoursPerMonth;
  const markets = marketsOf(pool);
  const lowest = new Float64Array(Math.floor((end - start) / hour) + 1).fill(Infinity);
  const hoursOf = (from: UnixSeconds, until: UnixSeconds) => ({
    first: Math.max(0, Math.floor((from - start) / hour)),
    last: Math.min(lowest.length - 1, Math.floor((until - start) / hour)),
  });
  const lower = (from: UnixSeconds, until: UnixSeconds, cost: number) => {
    const { first, last } = hoursOf(from, until);
    for (let index = first; index <= last; index += 1) {
      if (cost < lowest[index]!) lowest[index] = cost;
    }
  };
  for (const { type: instanceType, utility } of pool.instances) {
    for (const { region, zones } of regions) {
      const onDemand = markets.includes('on-demand') ? prices.onDemand(instanceType, region) : null;
      if (onDemand !== null) lower(start, end, (onDemand + disk) / utility);
      if (!markets.includes('spot')) continue;
      for (const zone of zones) {
        for (const { from, until, price } of payablePrices(
          prices,
          { instanceType, region, zone },
          end,
        )) {
          lower(from, until, (price + disk) / utility);
        }
      }
    }
  }
  return (from, until) => {
    const { first, last } = hoursOf(from, until);
    return lowest
      .subarray(first, last + 1)
      .reduce((least, cost) => Math.min(least, cost), Infinity);
  };
}

/** What an instance of an offering may pay: where the offer is gone, the last price, once there was one. */
function* payablePrices(prices: PriceSource, place: Place, end: UnixSeconds) {
  const series = prices.spot(place);
  let wasOffered = false;
  for (let point = series?.next(); series && point && !point.done && point.value.at <= end; ) {
    const { at: from, price, gone } = point.value;
    point = series.next();
    wasOffered ||= gone !== true;
    if (wasOffered) yield { from, until: point.done ? end : point.value.at, price };
  }
}
