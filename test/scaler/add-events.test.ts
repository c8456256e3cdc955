import { describe, expect, it } from 'vitest';
import { addEvents } from '../../scaler/add-events.ts';
import type { Observation } from '../../scaler/decide/observation.ts';
import type { FleetEvent } from '../../scaler/ports.ts';
import { aGroup, anObservation, now, workers } from '../decide/situations.ts';

const region = 'eu-west-1';
const event = (change: object) => ({ id: 'e', region, at: now, ...change }) as FleetEvent;
const interruption = event({ id: 'e1', kind: 'interruption', instanceId: 'i-1' });
const ending = event({ id: 'e2', kind: 'ending', instanceId: 'i-2' });
const failure = { instanceType: null, zone: 'eu-west-1a', cause: 'no-capacity' as const };
const failed = event({ id: 'e3', kind: 'launch-failed', group: 'ci_linux_spot', ...failure });

const group = aGroup({ name: 'ci_linux_spot', workers: workers(3) });
const seen = (change: Partial<Observation> = {}) =>
  new Map([
    ['linux', anObservation({ groups: [group], ...change })],
    ['other', anObservation({ groups: [aGroup({ name: 'ci_other_spot' })] })],
  ]);

describe('events beside what was observed', () => {
  it('come to the pool that they are of, and to no other', () => {
    const observations = seen();
    const added = addEvents(observations, [interruption, ending, failed]);
    const { linux, other } = Object.fromEntries(added.observations);
    expect(linux?.warnings).toEqual([{ instanceId: 'i-1', at: now, kind: 'interruption' }]);
    expect(linux?.launchFailures).toEqual([{ ...failure, at: now, region, market: 'spot' }]);
    expect(linux?.groups[0]?.workers.map(({ phase }) => phase)).toEqual([
      'in-service',
      'terminating',
      'in-service',
    ]);
    expect(other).toEqual(observations.get('other'));
    expect(added.taken).toEqual([interruption, ending, failed]);
  });

  it('of unknown instances, and of groups of that name elsewhere, are taken and dropped', () => {
    const events = [
      event({ kind: 'rebalance', instanceId: 'i-9' }),
      event({ kind: 'ending', instanceId: 'i-9' }),
      event({ kind: 'launch-failed', group: 'ci_linux_spot', ...failure, region: 'us-east-1' }),
    ];
    expect(addEvents(seen(), events)).toEqual({ observations: seen(), taken: events });
  });

  it('of a region that did not answer are left', () => {
    const observations = seen({ groups: [], unreachableRegions: [region] });
    const elsewhere = event({ kind: 'ending', instanceId: 'i-9', region: 'us-east-1' });
    expect(addEvents(observations, [interruption, elsewhere]).taken).toEqual([elsewhere]);
  });

  it('change nothing where there are none', () => {
    const observations = seen();
    expect(addEvents(observations, []).observations).toBe(observations);
  });
});
