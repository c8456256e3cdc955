import { describe, expect, it } from 'vitest';
import { busyAt, busyWhenNamed, namedWorkers } from './named-workers.ts';

const heard = (at: number, busySlots: number, taking = true, instanceId = 'i-1') => ({
  instanceId,
  busySlots,
  taking,
  finished: 0,
  at,
  drain: false,
});

describe('busyWhenNamed', () => {
  const drain = { instanceId: 'i-1', kind: 'drain', at: 100 } as const;
  const terminate = { instanceId: 'i-1', kind: 'terminate', at: 100 } as const;

  it.each([
    { what: 'free, then to drain', passed: [heard(50, 1), heard(90, 0)], named: drain },
    { what: 'drained, then to end', passed: [heard(90, 0, false)], named: terminate },
    { what: 'a task between word and drain', passed: [heard(90, 0), heard(110, 1)], named: drain },
  ])('is content: $what', ({ passed, named }) => {
    expect(busyWhenNamed(passed, named)).toEqual([]);
  });

  it.each([
    { what: 'busy, then to drain', passed: [heard(50, 0), heard(90, 1)], named: drain },
    { what: 'busy, then to end', passed: [heard(90, 1, false)], named: terminate },
    { what: 'busy after all', passed: [heard(90, 0, false), heard(110, 1)], named: terminate },
    { what: 'still taking', passed: [heard(90, 0, true)], named: terminate },
    { what: 'never heard', passed: [heard(90, 0, true, 'i-2')], named: drain },
  ])('objects: $what', ({ passed, named }) => {
    expect(busyWhenNamed(passed, named)).toHaveLength(1);
  });
});

it('busyAt goes by the last word before', () => {
  const passed = [heard(10, 1), heard(20, 1, true, 'i-2'), heard(30, 0)];
  expect(busyAt(passed, 25)).toEqual(['i-1', 'i-2']);
  expect(busyAt(passed, 35)).toEqual(['i-2']);
});

it('namedWorkers gives times in milliseconds', () => {
  const because = 'surplus';
  const line = { event: 'decision', pool: 'linux', target: 1, queue: { status: 'known' } } as const;
  const decision = { ...line, at: 2, reasons: [] };
  expect(
    namedWorkers([
      { ...decision, drain: [{ instanceId: 'i-1', because }], terminate: [] },
      { ...decision, drain: [], terminate: [{ instanceId: 'i-2', because }] },
    ]),
  ).toEqual([
    { instanceId: 'i-1', kind: 'drain', at: 2000 },
    { instanceId: 'i-2', kind: 'terminate', at: 2000 },
  ]);
});
