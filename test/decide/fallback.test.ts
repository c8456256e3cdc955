import { describe, expect, it } from 'vitest';
import { followSpot, type SpotProgress, spotDelivers } from '../../scaler/decide/fallback.ts';

function progress(change: Partial<SpotProgress> = {}): SpotProgress {
  return {
    at: 0,
    outstanding: 1,
    delivered: false,
    nothingToOffer: false,
    onDemandAfter: 300,
    ...change,
  };
}

describe('followSpot', () => {
  it('lets on-demand stand in once spot has not delivered for the time declared', () => {
    let { delivery, cause } = followSpot(spotDelivers, progress());
    expect(cause).toBeNull();
    ({ delivery, cause } = followSpot(delivery, progress({ at: 299 })));
    expect(cause).toBeNull();
    ({ delivery, cause } = followSpot(delivery, progress({ at: 300 })));
    expect(cause).toBe('deadline');
    expect(delivery.onDemandUntil).toBe(900);
  });

  it('starts the time anew with each worker that comes', () => {
    const waiting = followSpot(spotDelivers, progress()).delivery;
    const { delivery } = followSpot(waiting, progress({ at: 250, delivered: true }));
    expect(delivery.waitingSince).toBe(250);
    expect(followSpot(delivery, progress({ at: 400 })).cause).toBeNull();
  });

  it('stands in at once when no spot offering may be used', () => {
    expect(followSpot(spotDelivers, progress({ nothingToOffer: true })).cause).toBe(
      'no-spot-offering',
    );
  });

  it('never stands in where the pool does not allow it', () => {
    const never = progress({ onDemandAfter: null, nothingToOffer: true, at: 1e6 });
    expect(followSpot(spotDelivers, never).delivery.onDemandUntil).toBeNull();
  });

  it('tries spot again, and stands in for twice as long when that fails too', () => {
    let { delivery } = followSpot(spotDelivers, progress({ nothingToOffer: true }));
    expect(followSpot(delivery, progress({ at: 599 })).delivery.onDemandUntil).toBe(600);
    ({ delivery } = followSpot(delivery, progress({ at: 600 })));
    expect(delivery.onDemandUntil).toBeNull();
    ({ delivery } = followSpot(delivery, progress({ at: 900 })));
    expect(delivery).toMatchObject({ onDemandUntil: 900 + 1_200, times: 2 });
  });

  it('forgets past failures once spot delivers', () => {
    let { delivery } = followSpot(spotDelivers, progress({ nothingToOffer: true }));
    ({ delivery } = followSpot(delivery, progress({ at: 700, delivered: true })));
    expect(delivery.times).toBe(0);
  });
});
