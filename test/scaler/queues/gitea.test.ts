import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { GiteaDeclaration } from '../../../pool/queues/gitea.ts';
import { type HttpFake, startHttpFake } from '../http-fake.ts';
import { ManualClock } from '../samples.ts';
import { openQueues } from './open-queues.ts';

/** What a real Gitea answered in `gitea.long.test.ts`, at three looks: queued, running, ended. */
const recording = z
  .object({
    server: z.string(),
    looks: z.array(z.array(z.object({ path: z.string(), body: z.unknown() }))).length(3),
  })
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, 'recorded', 'gitea.json'), 'utf8')));

const fakes: HttpFake[] = [];
afterEach(async () => {
  await Promise.all(fakes.splice(0).map((fake) => fake.close()));
});

async function serveRecording() {
  const state = { look: 0 };
  const fake = await startHttpFake(({ path }, response) => {
    const found = recording.looks[state.look]?.find((answer) => answer.path === path);
    response.writeHead(found === undefined ? 404 : 200).end(JSON.stringify(found?.body ?? {}));
  });
  fakes.push(fake);
  const declare = (change: Partial<GiteaDeclaration> = {}): GiteaDeclaration => ({
    kind: 'gitea',
    endpoint: { url: fake.url, headers: {}, auth: { kind: 'none' } },
    owners: ['acme/app'],
    labels: ['linux', 'x64'],
    runners: true,
    webhookSecret: null,
    ...change,
  });
  const clock = new ManualClock(Date.now() / 1000);
  const { readAll, failures } = openQueues({ clock });
  const look = async (index: number, declarations: readonly GiteaDeclaration[]) => {
    state.look = index;
    clock.advance(10);
    return readAll(declarations);
  };
  return { fake, declare, look, failures };
}

describe(`gitea, with answers of a real one (${recording.server})`, () => {
  it('counts jobs by label, of repositories, organizations and the instance', async () => {
    const { declare, look } = await serveRecording();
    const readings = await look(0, [
      declare(),
      declare({ owners: ['acme'] }),
      declare({ owners: [] }),
      declare({ owners: ['acme', 'acme/app'] }),
      declare({ labels: ['windows'] }),
      declare({ owners: ['acme/gone'] }),
    ]);
    const known = { status: 'known', pending: 2, claimed: 0 };
    expect(readings).toMatchObject([
      ...[known, known, known, known],
      { status: 'known', pending: 1 },
      { status: 'unknown', error: expect.stringContaining('/repos/acme/gone/') },
    ]);
    const ages = readings.map(
      (reading) => 'oldestPendingAge' in reading && reading.oldestPendingAge,
    );
    expect(ages[0]).toBeGreaterThan(0);
  });

  it('tells of runners, and once of what a job took', async () => {
    const { declare, look, failures } = await serveRecording();
    const of = [declare(), declare({ owners: [] }), declare({ owners: ['elsewhere'] })];
    const [, idle] = await look(0, of);
    const worker = { name: 'ci-i-0123456789abcdef0', capacity: null, busySlots: 0, taking: true };
    expect(idle?.workers).toEqual([worker]);
    const [running, busy] = await look(1, of);
    expect(running).toMatchObject({ pending: 1, claimed: 1 });
    expect(busy?.workers).toEqual([{ ...worker, busySlots: 1 }]);
    const [ended, , elsewhere] = await look(2, of);
    expect(ended).toMatchObject({ status: 'known', claimed: 0 });
    expect(ended?.finishedTasks).toEqual([{ worker: worker.name, duration: expect.any(Number) }]);
    expect(elsewhere).not.toHaveProperty('finishedTasks');
    const [again] = await look(2, of);
    expect(again).not.toHaveProperty('finishedTasks');
    expect(failures).toEqual([]);
  });
});
