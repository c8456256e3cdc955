import type { UnixSeconds, UsdPerHour } from '../pool/units.ts';
import type { SpotPriceParameters } from './parameters.ts';
import { type Random, randomStream } from './random.ts';

/** From `at` on, an offering costs this. */
export interface PricePoint {
  readonly at: UnixSeconds;
  readonly price: UsdPerHour;
  /** From then on nothing is offered; `price` is the last one, which what still runs costs. */
  readonly gone?: true;
}

/** An offering's prices in order of time, for as long as it is asked: generated, or replayed. */
export type PriceSeries = Iterator<PricePoint, void>;

/**
 * A spot price that wanders about its own level: an Ornstein-Uhlenbeck process of its logarithm,
 * seen at random times. The level is the type's, shared by its zones, and the zone's own on top.
 * It never exceeds on-demand, which 2 of 9,880 series of 2022-11 to 2023-08 did.
 */
export function* generatedSpotPrices(
  seed: number,
  offering: { readonly instanceType: string; readonly region: string; readonly zone: string },
  onDemandPrice: UsdPerHour,
  start: UnixSeconds,
  parameters: SpotPriceParameters,
): Generator<PricePoint, void> {
  const { instanceType, region, zone } = offering;
  const ofType = randomStream(seed, `price level ${region} ${instanceType}`);
  const own = randomStream(seed, `price ${zone} ${instanceType}`);
  const level =
    Math.log(parameters.medianShareOfOnDemand) +
    parameters.typeSigma * ofType.normal() +
    parameters.zoneSigma * own.normal();
  let deviation = 0;
  let at = start;
  while (true) {
    const price = onDemandPrice * Math.min(1, Math.exp(level + deviation));
    yield { at, price: roundPrice(price) };
    const elapsed = own.exponential(parameters.changeInterval);
    at += elapsed;
    deviation = step(deviation, elapsed, own, parameters);
  }
}

/** The exact transition of the process over `elapsed` seconds. */
function step(
  deviation: number,
  elapsed: number,
  random: Random,
  { reversion, hourlyVolatility }: SpotPriceParameters,
): number {
  const kept = Math.exp(-elapsed / reversion);
  const variancePerSecond = hourlyVolatility ** 2 / 3600;
  const variance = variancePerSecond * (reversion / 2) * (1 - kept ** 2);
  return deviation * kept + Math.sqrt(variance) * random.normal();
}

/** AWS states spot prices to 1/10,000 USD. */
function roundPrice(price: UsdPerHour): UsdPerHour {
  return Math.max(0.0001, Math.round(price * 10_000) / 10_000);
}
