/** Peers that launch instances themselves, on a small cloud without chance: what, when, and how it ends. */
import { describe, expect, it } from 'vitest';
import { runnerPerJob } from '../../../sim/peers/runner-per-job.ts';
import {
  taskclusterProvisioner,
  taskclusterProvisionerRandom,
} from '../../../sim/peers/taskcluster-provisioner.ts';
import { workerManager } from '../../../sim/peers/worker-manager.ts';
import type { Simulation } from '../../../sim/simulation.ts';
import { setAvailable } from '../scenario.ts';
import { aFleet, anInstance, aPool, bootTime, certain, start } from '../small-world.ts';
import { lives, runCase, theWork } from './peer-world.ts';

describe('the Taskcluster provisioner', () => {
  it('asks again for a task whose instance runs and whose worker still boots', async () => {
    const outcome = await runCase(taskclusterProvisioner, { offsets: [5], duration: 100 });
    // Seen at 10; EC2 has it pending until 30; at 30, and each time that all of them run, one more.
    expect(lives(outcome).map(([launched]) => launched)).toEqual([10, 30, 50, 70]);
  });

  it('lets a worker end itself after 15 idle minutes', async () => {
    const outcome = await runCase(taskclusterProvisioner, { offsets: [5], duration: 100 });
    const [[, first] = [], [, second] = []] = lives(outcome);
    // Its task ends at 10 + 75 + 100 = 185, seen at 190; the second is ready at 105, seen at 110.
    expect(first).toBe(190 + 900);
    expect(second).toBe(110 + 900);
  });

  it('asks for the same offering again and again while there is none', async () => {
    const types = ['cheap.large', 'dear.large'].map((type) => anInstance({ type }));
    const fleet = aFleet([aPool({ instances: types })]);
    const prices = {
      onDemand: () => 0.3,
      spot: ({ instanceType }: { instanceType: string }) => {
        return [{ at: start, price: instanceType === 'cheap.large' ? 0.1 : 0.11 }].values();
      },
    };
    const missing = {
      ...{ fleet, prices, offsets: [5, 5], duration: 100, limit: 605 },
      prepare: (simulation: Simulation) => {
        setAvailable(simulation, 0, false, [['eu-west-1a', 'cheap.large', 'spot']]);
      },
    };
    const outcome = await runCase(taskclusterProvisioner, missing);
    // Two bids at each of the 60 iterations from 10 to 600.
    expect(outcome.tally.calls.launch).toBe(120);
    expect([...outcome.tally.launchFailures]).toEqual([['no-capacity', 120]]);
    expect(lives(outcome)).toEqual([]);
    const random = await runCase(taskclusterProvisionerRandom, missing);
    expect(theWork(random).finished).toBe(2);
    expect(random.tally.launchFailures.get('no-capacity')).toBeGreaterThan(0);
  });

  it('ends an instance after 96 h, whether or not it ever spoke', async () => {
    const parameters = { ...certain, boot: { ...certain.boot, failureShare: 1 } };
    const pools = [aPool({ capacity: { min: 0, max: 1 }, instances: [anInstance()] })];
    const outcome = await runCase(taskclusterProvisioner, {
      fleet: aFleet(pools),
      parameters,
      offsets: [5],
      duration: 100,
      limit: 100 * 3600,
    });
    expect(lives(outcome)[0]).toEqual([10, 10 + 345_600 + 10]);
  });
});

describe('worker-manager', () => {
  it('spawns once for a burst, and nothing for a second one during boot', async () => {
    const outcome = await runCase(workerManager, { offsets: [5, 5, 35, 35], duration: 1000 });
    // Two tasks, two workers; the next two wait until those have registered, at 85, and are busy.
    expect(lives(outcome).map(([launched]) => launched)).toEqual([10, 10, 90, 90]);
  });

  it('tells the oldest to end as soon as they are too many', async () => {
    const outcome = await runCase(workerManager, { offsets: [5, 5], duration: 1000 });
    // Done at 85 + 1000 = 1085: told at the scan of 1100, gone at the iteration after.
    expect(lives(outcome).map(([, ended]) => ended)).toEqual([1110, 1110]);
  });

  it('asks for all instances of a launch config or none, and ends the round there', async () => {
    const parameters = {
      ...certain,
      capacity: { ...certain.capacity, depth: { from: 3, to: 3 } },
    };
    const outcome = await runCase(workerManager, {
      parameters,
      offsets: [5, 5, 5, 5],
      duration: 100,
      limit: 100,
    });
    expect(lives(outcome)).toEqual([]);
    // One request of four instances at each iteration from 10 to 100.
    expect(outcome.tally.calls.launch).toBe(10);
    expect([...outcome.tally.launchFailures]).toEqual([['no-capacity', 10]]);
  });

  it('ends what has not registered after 30 minutes', async () => {
    const parameters = { ...certain, boot: { ...certain.boot, failureShare: 1 } };
    const failing = { parameters, offsets: [5], duration: 100, limit: 1900 };
    const outcome = await runCase(workerManager, failing);
    expect(lives(outcome)[0]).toEqual([10, 1820]);
  });
});

describe('one runner per job', () => {
  it('starts a runner for each job after the delay of its webhook, which runs that job and ends', async () => {
    const outcome = await runCase(runnerPerJob, { offsets: [5, 45, 45], duration: 400 });
    const ended = (launched: number) => {
      const done = launched + bootTime + 400;
      return Math.ceil(done / 10) * 10;
    };
    expect(lives(outcome)).toEqual([40, 80, 80].map((at) => [at, ended(at)]));
  });

  it('gives the next job to a runner of its own, even where it could take it', async () => {
    const pools = [aPool({ capacity: { min: 0, max: 1 }, instances: [anInstance()] })];
    const two = { fleet: aFleet(pools), offsets: [5, 5], duration: 100 };
    const outcome = await runCase(runnerPerJob, two);
    // The maximum is one: the second starts when the first is gone and the job is looked at again.
    const [[first, ended] = [], [second] = []] = lives(outcome);
    expect([lives(outcome).length, first, ended]).toEqual([2, 40, 220]);
    expect(second).toBeGreaterThan(220);
  });

  it('starts none for a job that is taken by then', async () => {
    // The slots of the pool's minimum take the second one at once.
    const fleet = aFleet([aPool({ capacity: { min: 1, max: 9 }, instances: [anInstance()] })]);
    const outcome = await runCase(runnerPerJob, { fleet, offsets: [200], duration: 30 });
    expect(theWork(outcome).finished).toBe(1);
    expect(outcome.tally.calls.launch).toBe(0);
  });

  it('looks once more after five minutes, and lets go of a runner that never came', async () => {
    const parameters = { ...certain, boot: { ...certain.boot, failureShare: 1 } };
    const failing = { parameters, offsets: [5], duration: 100, limit: 3000 };
    const outcome = await runCase(runnerPerJob, failing);
    // Launched at 40, an orphan at the scale-down of 600, ended at that of 900. Its retry is at 340.
    expect(lives(outcome)).toEqual([
      [40, 900],
      [340, 1200],
    ]);
  });

  it('goes on to the next cheapest offering where there is none', async () => {
    const parameters = {
      ...certain,
      capacity: { ...certain.capacity, depth: { from: 2, to: 2 } },
    };
    const fleet = aFleet([aPool({ instances: [anInstance()] })], 2);
    const outcome = await runCase(runnerPerJob, {
      fleet,
      parameters,
      offsets: [5, 5, 5],
      duration: 100,
    });
    const zones = outcome.simulation.host.instances.map(({ offering }) => offering.zone);
    expect(zones).toEqual(['eu-west-1a', 'eu-west-1a', 'eu-west-1b']);
  });
});
