import { describe, expect, it } from 'vitest';
import {
  activeRefusals,
  addRefusal,
  clearRefusals,
  forgetRefusals,
  offeringKey,
  type Refusal,
  type Refusals,
  refusalsOfType,
} from '../../scaler/decide/refusals.ts';

const offering = {
  region: 'eu-west-1',
  market: 'spot',
  instanceType: 'c6i.large',
  zone: 'eu-west-1a',
} as const;
const key = offeringKey(offering);

/** The refusal that counts for one offering; null: none. */
function refusalOf(refusals: Refusals, of: Place, at: number): Refusal | null {
  const refused = refusalsOfType(activeRefusals(refusals, at), of);
  return refused?.type ?? refused?.zones.get(of.zone) ?? null;
}

type Place = Parameters<typeof refusalsOfType>[1] & { readonly zone: string };

function refusedAt(...times: number[]): Refusals {
  return times.reduce<Refusals>(
    (refusals, at) => addRefusal(refusals, key, { cause: 'no-capacity', at }),
    {},
  );
}

describe('refusals', () => {
  it('keep an offering out for three minutes', () => {
    expect(refusalOf(refusedAt(0), offering, 179)).toMatchObject({ cause: 'no-capacity' });
    expect(refusalOf(refusedAt(0), offering, 180)).toBeNull();
  });

  it('last twice as long each time, up to an hour', () => {
    expect(refusedAt(0, 200)[key]).toMatchObject({ until: 200 + 360, times: 2 });
    expect(refusedAt(0, 200, 600)[key]).toMatchObject({ until: 600 + 720, times: 3 });
    const often = refusedAt(0, 200, 600, 1_400, 3_000, 6_000, 10_000);
    expect(often[key]!.until - 10_000).toBe(3_600);
  });

  it('do not grow from news of the same shortage', () => {
    expect(refusedAt(0, 60)[key]).toMatchObject({ times: 1, until: 60 + 180 });
  });

  it('are forgotten after as long again', () => {
    expect(forgetRefusals(refusedAt(0), 360)).toHaveProperty([key]);
    expect(forgetRefusals(refusedAt(0), 361)).toEqual({});
  });

  it('of a type in no named zone keep it out of every zone, and those of a group all of it', () => {
    const wide = addRefusal({}, offeringKey({ ...offering, zone: null }), {
      cause: 'no-capacity',
      at: 0,
    });
    expect(refusalOf(wide, { ...offering, zone: 'eu-west-1b' }, 1)).not.toBeNull();
    expect(refusalOf(wide, { ...offering, instanceType: 'c7g.large' }, 1)).toBeNull();
    const all = addRefusal({}, offeringKey({ ...offering, zone: null, instanceType: null }), {
      cause: 'quota',
      at: 0,
    });
    expect(refusalOf(all, { ...offering, instanceType: 'c7g.large' }, 1)).not.toBeNull();
    expect(refusalOf(all, { ...offering, market: 'on-demand' }, 1)).toBeNull();
  });

  it('end when the offering delivers', () => {
    expect(clearRefusals(refusedAt(0), offering, 1)).toEqual({});
    const other = { ...offering, zone: 'eu-west-1b' };
    expect(clearRefusals(refusedAt(0), other, 1)).toHaveProperty([key]);
    const ofZone = offeringKey({ ...offering, instanceType: null });
    const zone = addRefusal({}, ofZone, { cause: 'no-capacity', at: 0 });
    expect(clearRefusals(zone, offering, 1)).toEqual({});
    expect(clearRefusals(zone, { ...offering, zone: 'eu-west-1b' }, 1)).toHaveProperty([ofZone]);
  });
});
