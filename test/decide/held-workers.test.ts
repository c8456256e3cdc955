/** What a pool's owner hears of workers that someone holds to look for a fault. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../scaler/decide/decide.ts';
import type { Memory } from '../../scaler/decide/memory.ts';
import type { Heartbeat } from '../../scaler/decide/observation.ts';
import { memorySchema } from '../../scaler/schemas/memory-schema.ts';
import { aGroup, aHeartbeat, anObservation, aPool, aWorker, now } from './situations.ts';

const held = (heldSeconds: number): Partial<Heartbeat> => ({ heldSeconds, busySlots: 1 });

/** Decisions at so many minutes, each with the words of the workers there; the notices of each. */
function notices(...steps: (readonly [number, Readonly<Record<string, Partial<Heartbeat>>>])[]) {
  let memory: Memory | null = null;
  return steps.map(([minutes, words]) => {
    const at = now + minutes * 60;
    const workers = Object.entries(words).map(([instanceId, word]) =>
      aWorker({ instanceId, heartbeat: aHeartbeat({ at: at - 1, ...word }) }),
    );
    const groups = [aGroup({ desiredCapacity: workers.length, workers })];
    const made = decide(aPool(), anObservation({ at, groups }), memory);
    // As it is kept between two iterations.
    memory = memorySchema.parse(JSON.parse(JSON.stringify(made.memory)));
    return made.decision.notices;
  });
}
const saysHeld = (heldSeconds: number, ...instanceIds: string[]) => [
  { kind: 'workers-held', instanceIds, heldSeconds },
];
const saysOver = (...instanceIds: string[]) => [{ kind: 'holds-over', instanceIds }];

describe('the owner hears of a held worker', () => {
  it('once, and again after an hour as long as it is held', () => {
    const at = (minutes: number) =>
      [minutes, { 'i-1': held(minutes * 60 + 5), 'i-2': {} }] as const;
    expect(notices(at(0), at(1), at(59), at(60), at(61))).toEqual([
      saysHeld(5, 'i-1'),
      [],
      [],
      saysHeld(3_605, 'i-1'),
      [],
    ]);
  });

  it('at once when another one is held too', () => {
    expect(
      notices(
        [0, { 'i-1': held(5), 'i-2': {} }],
        [5, { 'i-1': held(305), 'i-2': held(9) }],
        [6, { 'i-1': held(365), 'i-2': held(69) }],
        // One that is let go is no news.
        [7, { 'i-1': {}, 'i-2': held(129) }],
      ),
    ).toEqual([saysHeld(5, 'i-1'), saysHeld(305, 'i-1', 'i-2'), [], []]);
  });

  it('and of the end of it, when it was held for as long as that holds', () => {
    expect(
      notices(
        [0, { 'i-1': held(86_000) }],
        [10, { 'i-1': { holdOver: true } }],
        [11, { 'i-1': { holdOver: true } }],
        [12, { 'i-1': {} }],
      ),
    ).toEqual([saysHeld(86_000, 'i-1'), saysOver('i-1'), [], []]);
  });

  it('not of workers that nobody holds, or that are gone', () => {
    expect(notices([0, { 'i-1': {} }])).toEqual([[]]);
    const gone = aWorker({ phase: 'gone', heartbeat: aHeartbeat(held(5)) });
    const seen = anObservation({ groups: [aGroup({ workers: [gone] })] });
    const { notices: sent } = decide(aPool(), seen, null).decision;
    expect(sent.filter(({ kind }) => kind === 'workers-held')).toEqual([]);
  });

  it('which is never let go while it is held, as it is busy by its own word', () => {
    const worker = aWorker({ heartbeat: aHeartbeat(held(5)) });
    const groups = [aGroup({ desiredCapacity: 1, workers: [worker] })];
    const { decision } = decide(aPool(), anObservation({ groups }), null);
    expect([decision.drain, decision.terminate]).toEqual([[], []]);
    expect(decision.capacity.busy).toBe(1);
  });
});
