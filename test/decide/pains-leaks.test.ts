/**
 * The pains of other systems' users that come from ending the wrong worker, from not ending one, and
 * from failures that stay silent: one row each, by system and issue.
 */
import { describe, expect, it } from 'vitest';
import { decide } from '../../scaler/decide/decide.ts';
import type { Memory } from '../../scaler/decide/memory.ts';
import { decideOn, letGo } from './deciding.ts';
import {
  aChoice,
  aGroup,
  aGroupOf,
  aHeartbeat,
  aMemory,
  anObservation,
  anOffering,
  aPool,
  aWorker,
  busyWorkers,
  idleWorkers,
  known,
  longTasks,
  now,
  remembered,
  workers,
} from './situations.ts';
import { afterDecision, later } from './world-model.ts';

/** Workers, and that they have been free for so long. */
function freeFor(seconds: number, list = idleWorkers(1)): Memory {
  return aMemory({ workers: remembered(list, { idleSince: now - seconds }) });
}

const _silentPool = aPool({ heartbeats: false });
const _lifecycle = aPool().lifecycle;

const notEnded: Readonly<Record<string, () => void>> = {
  'GitLab taskscaler #29, gitlab-runner #37643: an idle count of zero reaches and stays at zero':
    () => {
      let seen = anObservation({ groups: [aGroupOf(idleWorkers(3))] });
      let memory: Memory | null = freeFor(9_000, [...idleWorkers(3)]);
      const targets: number[] = [];
      for (let count = 0; count < 4; count += 1) {
        const made = decide(aPool(), seen, memory);
        targets.push(made.decision.target);
        memory = made.memory;
        seen = later(afterDecision(seen, made.decision), 10);
      }
      // Asked to drain, and confirmed by a word that is newer than that.
      expect(targets).toEqual([3, 0, 0, 0]);
    },

  'garm #32: a minimum of AWS does not bring back what was let go': () => {
    // The pool's minimum is met in us-east-1; AWS keeps it up in eu-west-1 too, which is dearer.
    const pool = aPool({ regions: ['eu-west-1', 'us-east-1'], capacity: { min: 1, max: 10 } });
    const [here] = idleWorkers(1);
    const there = aWorker({ ...here!, instanceId: 'there-1', zone: 'us-east-1a' });
    const groups = [
      aGroupOf([here!], { min: 1 }),
      aGroupOf([there], { region: 'us-east-1', min: 0 }),
    ];
    const offerings = [
      anOffering({ price: 0.2 }),
      anOffering({ region: 'us-east-1', zone: 'us-east-1a', price: 0.1 }),
    ];
    const memory = aMemory({
      workers: {
        ...remembered([here!], { idleSince: now - 9_000 }),
        ...remembered([there], { idleSince: now - 9_000, region: 'us-east-1' }),
      },
    });
    expect(letGo(decideOn({ groups, offerings }, { pool, memory }))).toEqual(['there-1 surplus']);
  },

  'AutoSpotting #484, #335: what was launched and never attached does not run for ever': () => {
    const never = workers(1, { launchedAt: now - 1_201 });
    const made = decideOn({ groups: [aGroupOf(never)] });
    expect(letGo(made)).toEqual(['i-1 missing']);
    expect(made.decision.target).toBe(0);
    expect(made.decision.notices).toEqual([{ kind: 'missing-workers', instanceIds: ['i-1'] }]);
  },

  'Buildkite stack #1888, #572: an instance whose agent is gone is not paid for ever': () => {
    const silent = workers(1, { heartbeat: aHeartbeat({ at: now - 2_101 }) });
    const groups = [aGroupOf([...silent, ...busyWorkers(1)])];
    const heard = (ago: number) =>
      aMemory({ claimed: 1, workers: remembered(silent, { heardAt: now - ago }) });
    const seen = { queue: known(0, 1), groups };
    // Silent for missingAfter (1,200 s) and for as long as a drain takes (900 s).
    expect(letGo(decideOn(seen, { memory: heard(2_100) }))).toEqual([]);
    expect(letGo(decideOn(seen, { memory: heard(2_101) }))).toEqual(['i-1 silent']);
  },

  'github-aws-runners #5007: an instance that is gone is no capacity, whatever it said last':
    () => {
      const gone = idleWorkers(1, { phase: 'gone' });
      const memory = aMemory({ workers: remembered(gone, { market: 'on-demand' }) });
      const made = decideOn({ queue: known(1), groups: [aGroup({ workers: gone })] }, { memory });
      expect(made.decision.capacity).toMatchObject({ idle: 0, lost: 1 });
      expect(letGo(made)).toEqual([]);
    },

  'github-aws-runners #3746: workers of an old image go first, even cheaper ones': () => {
    const pool = aPool({
      instances: [aChoice({ type: 'a.large' }), aChoice({ type: 'b.large' })],
    });
    const offerings = [
      anOffering({ instanceType: 'a.large', price: 0.1 }),
      anOffering({ instanceType: 'b.large', price: 0.9 }),
    ];
    const [old] = workers(1, { ...aWorker(), instanceId: 'old', outdated: true });
    const cheapOld = { ...old!, instanceType: 'a.large', heartbeat: aHeartbeat() };
    const dear = idleWorkers(1, { instanceType: 'b.large' });
    const groups = [aGroupOf([cheapOld, ...dear])];
    const memory = freeFor(9_000, [cheapOld, ...dear]);
    const kept = { ...pool, capacity: { min: 1, max: 10 } };
    expect(letGo(decideOn({ groups, offerings }, { pool: kept, memory }))).toEqual([
      `${cheapOld.instanceId} surplus`,
    ]);
  },

  'github-aws-runners #3493: one boot in five fails, and its task still gets a worker': () => {
    const failed = workers(1, { launchedAt: now - 1_201 });
    const groups = [aGroupOf([...failed, ...busyWorkers(4)])];
    const memory = aMemory({ claimed: 4, taskDuration: longTasks });
    const made = decideOn({ queue: known(1, 4), groups }, { memory });
    expect(letGo(made)).toEqual(['i-1 missing']);
    expect(made.decision.target).toBe(5);
    expect(made.decision.groups[0]!.addedSlots).toBe(1);
  },
};

describe('workers that nobody ends', () => {
  it.each(Object.entries(notEnded))('%s', (_, check) => check());
});
