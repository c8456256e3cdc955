import type { ScaleOptions } from '@observablehq/plot';
import type { PolicyResult } from '../compare/result.ts';
import { decimal } from './quantities.ts';

/** Cost as a multiple of the least possible where that is known for each policy, else in USD. */
export interface CostAxis {
  readonly scale: ScaleOptions & { readonly domain: readonly [number, number] };
  of(result: PolicyResult): number;
  /** Round values within the axis, or how many of them Plot is to choose. */
  ticks(most: number): number[] | number;
  label(cost: number): string;
  readonly name: string;
  /** Where the least possible cost is: one value or none. */
  readonly least: readonly number[];
}

/** From this ratio of the dearest to the cheapest on, the axis is logarithmic. */
const widelySpread = 6;

export function costAxis(results: readonly PolicyResult[]): CostAxis {
  const asRatio = results.every(({ ratioToBound }) => ratioToBound !== null);
  const of = ({ usd, ratioToBound }: PolicyResult) => (asRatio ? (ratioToBound ?? 0) : usd);
  const least = asRatio ? [1] : [];
  const costs = [...results.map(of), ...least];
  const low = Math.min(...costs);
  const high = Math.max(...costs);
  const logarithmic = low > 0 && high / low > widelySpread;
  const room = Math.max((high - low) * 0.06, high * 0.02, 0.01);
  const domain = logarithmic
    ? ([low / 1.08, high * 1.12] as const)
    : ([low - room, high + room] as const);
  return {
    scale: { type: logarithmic ? 'log' : 'linear', domain },
    of,
    ticks: (most) => (logarithmic ? roundPowers(domain, most) : most),
    label: (cost) => (asRatio ? `${shortest(cost)}×` : shortest(cost)),
    name: asRatio ? 'cost, times the least possible →' : 'cost, USD →',
    least,
  };
}

function roundPowers([low, high]: readonly [number, number], most: number): number[] {
  const values = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    for (const digit of [1, 2, 5]) values.push(digit * 10 ** power);
  }
  const inside = values.filter((value) => value >= low && value <= high);
  const every = Math.ceil(inside.length / most);
  return inside.filter((_, index) => index % every === 0);
}

/** Without digits that say nothing: steps of a tenth add up to 0.30000000000000004. */
function shortest(value: number): string {
  const digits = [0, 1, 2, 3].find(
    (digits) => Math.abs(value - Number(value.toFixed(digits))) < 1e-9,
  );
  return decimal(value, digits ?? 3);
}
