import { AutoScalingCloud } from '../../scaler/aws/auto-scaling-cloud.ts';
import { AutoScalingFake } from './auto-scaling-fake.ts';
import { aFleet, ManualClock, never } from './samples.ts';

/** A region's adapter on a fake of Auto Scaling and EC2, and what it told of failures. */
export async function openRegion() {
  const aws = new AutoScalingFake();
  process.env.AWS_ENDPOINT_URL = await aws.start();
  const clock = new ManualClock();
  const failures: string[] = [];
  const fleet = aFleet();
  const [home] = fleet.regions;
  if (home === undefined) throw new Error('the sample fleet has a region');
  const cloud = new AutoScalingCloud(fleet, home, clock, (doing, error) =>
    failures.push(`${doing}: ${error instanceof Error ? error.message : error}`),
  );
  return {
    aws,
    clock,
    failures,
    cloud,
    /** Of all groups, at one more observation. */
    launchFailures: async () =>
      (await cloud.observe(never)).groups.flatMap((group) => group.launchFailures),
    asked: (action: string) => aws.actions.filter((it) => it === action).length,
    async close() {
      delete process.env.AWS_ENDPOINT_URL;
      await aws.stop();
    },
  };
}

export type RegionOnFake = Awaited<ReturnType<typeof openRegion>>;
