/**
 * What holds of every source, whatever it reads: a fault is never taken for an empty queue, is told
 * without secrets, and is over when it is over. The table in docs/queues.md is made here.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sourceKinds } from '../../../../pool/schema-queue.ts';
import type { PoolReading } from '../../../../scaler/ports.ts';
import { Queues } from '../../../../scaler/queues/queues.ts';
import { projectRoot } from '../../../harness/project-root.ts';
import { aFleet, aFullPool, never } from '../../samples.ts';
import { type FaultName, faults, type SubjectWorld } from './subject.ts';
import { subjects } from './subjects.ts';

/** A real clock that can be set. */
function settableClock() {
  let ahead = 0;
  return {
    now: () => Date.now() / 1000 + ahead,
    sleep: () => Promise.reject(new Error('no source sleeps by the clock')),
    set: (seconds: number) => {
      ahead = seconds;
    },
  };
}

/** Shorter than the scaler's own, so that a slow answer is soon given up; longer than ages take. */
const limit = 4;
/** A source tries these again within a read, so that it takes longer. */
const readLimits: Partial<Record<FaultName, number>> = { '5xx': 8, unreachable: 8, '401': 8 };

/** What each source made of each case, for the table. */
const outcomes = new Map<string, Map<string, string>>();

function openQueues({ environment }: SubjectWorld, readLimit = limit) {
  const clock = settableClock();
  const queues = new Queues({
    fleet: aFleet(),
    clock,
    onFailure: () => {},
    environment,
    limit: readLimit,
    interval: 0.001,
  });
  return { clock, queues };
}

async function readOne(queues: Queues, { declaration }: SubjectWorld): Promise<PoolReading> {
  const pool = aFullPool({ queue: declaration });
  const reading = (await queues.read([pool], never)).get(pool.id);
  if (reading === undefined) throw new Error('no reading');
  return reading;
}

it('tries every source', () => {
  expect(subjects.map(({ kind }) => kind).sort()).toEqual([...sourceKinds].sort());
});

describe.concurrent.each(subjects)('source $kind', (subject) => {
  let world: SubjectWorld;
  beforeAll(async () => {
    world = await subject.open();
  }, 120_000);
  afterAll(() => world.stop());

  const outcome = new Map<string, string>();
  outcomes.set(subject.kind, outcome);
  const well = { status: 'known', pending: 3, claimed: subject.tellsClaimed ? 2 : null };

  // One after the other: they share a server.
  it('fails well and reads again', { timeout: 240_000 }, async ({ expect }) => {
    for (const fault of faults) {
      if (subject.without[fault] !== undefined) continue;
      await world.serve({ pending: 3, claimed: 2 });
      const { queues: first } = openQueues(world, readLimits[fault]);
      expect(await readOne(first, world), `before ${fault}`).toMatchObject(well);
      // Another one, as a source may want to be read less often than this.
      const { queues } = openQueues(world, readLimits[fault]);
      await world.meet(fault);
      const before = world.requests() ?? 0;
      const reading = await readOne(queues, world);
      outcome.set(fault, reading.status);
      expect(reading, fault).toMatchObject({
        status: 'unknown',
        error: expect.stringMatching(/.{20}/),
      });
      for (const secret of secretsOf(world)) {
        expect(JSON.stringify(reading), fault).not.toContain(secret);
      }
      expect(world.requestsElsewhere(), fault).toBe(0);
      const asked = (world.requests() ?? 0) - before;
      if (fault === '401' && subject.secret !== null) {
        expect(asked, 'once more, with the secret read anew').toBe(2);
      }
      if (fault === '429, Retry-After' && subject.secret !== null) {
        await readOne(queues, world);
        expect((world.requests() ?? 0) - before, 'until it may').toBe(asked);
      }
      await world.serve({ pending: 0, claimed: 0 });
      const { queues: later } = openQueues(world);
      const empty = { status: 'known', pending: 0 };
      expect(await readOne(later, world), `after ${fault}`).toMatchObject(empty);
      await Promise.all([first.close(), queues.close(), later.close()]);
    }

    await world.serve({ pending: 3, claimed: 2 });
    const { queues, clock } = openQueues(world);
    await readOne(queues, world);
    outcome.set('clock that jumps', 'known');
    for (const ahead of [-3_600, 0, 3_600]) {
      clock.set(ahead);
      const reading = await readOne(queues, world);
      if (reading.status === 'unknown') {
        // What carries a time of its own is old to a clock that is ahead.
        expect(ahead, reading.error).toBe(3_600);
        outcome.set('clock that jumps', 'known; unknown while ahead');
        continue;
      }
      expect(reading, `clock ${ahead} s ahead`).toMatchObject(well);
      expect(Math.abs(clock.now() - reading.readAt), 'as of now').toBeLessThan(limit);
      expect(reading.oldestPendingAge ?? 0).toBeGreaterThanOrEqual(0);
    }

    if (subject.secret !== null) {
      world.environment[subject.secret] = 'second-secret';
      await world.meet('401');
      await readOne(queues, world);
      await world.serve({ pending: 3, claimed: 2 });
      expect(await readOne(queues, world), 'with another secret').toMatchObject(well);
    }
    await queues.close();
  });
});

it('the table in docs/queues.md is what was seen', () => {
  const cases = [...faults, 'clock that jumps'];
  const rows = subjects.map(({ kind, against, without }) => [
    `\`${kind}\``,
    against,
    ...cases.map((name) => outcomes.get(kind)?.get(name) ?? (name in without ? '—' : 'not tried')),
  ]);
  const reasons = subjects.flatMap(({ kind, without }) =>
    Object.entries(without).map(([name, reason]) => `- \`${kind}\`, ${name}: ${reason}.`),
  );
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const head = ['Source', 'Tried against', ...cases];
  const table = [line(head), line(head.map(() => '---')), ...rows.map(line), '', ...reasons];
  expect(table.join('\n')).not.toContain('not tried');
  const path = `${projectRoot}/docs/queues.md`;
  const marked = /(<!-- contract table -->\n)[\s\S]*?(\n<!-- end of contract table -->)/;
  const text = readFileSync(path, 'utf8');
  const renewed = text.replace(marked, `$1\n${table.join('\n')}\n$2`);
  if (process.env.MUSTER_UPDATE_QUEUE_TABLE === '1') writeFileSync(path, renewed);
  expect(text, 'MUSTER_UPDATE_QUEUE_TABLE=1 renews it').toBe(renewed);
  expect(text).toMatch(marked);
});

function secretsOf({ environment }: SubjectWorld): readonly string[] {
  return Object.values(environment).filter((value) => value.includes('secret'));
}
