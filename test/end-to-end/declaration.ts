import type { World } from './world.ts';

/** Slots that always stand. */
export const minimum = 1;

/** What a person would write as `muster.yaml`; quick to let idle workers go, or the test would wait. */
export function declarationFor({ region, network, queueUrl, images }: World, heartbeatUrl: string) {
  return {
    fleet: 'ci',
    interval: '2s',
    heartbeat: { url: heartbeatUrl },
    regions: { [region]: network },
    pools: {
      linux: {
        description: 'Linux builds',
        owner: 'build@example.com',
        queue: { sqs: queueUrl, region },
        capacity: { min: minimum, max: 8 },
        wait: '30s',
        instances: [
          { type: 'm5.large', capacity: 1, utility: 1 },
          { type: 'm6a.4xlarge', capacity: 2, utility: 3.6 },
          { type: 'm7i.4xlarge', capacity: 2, utility: 3.8 },
          { type: 'c7g.2xlarge', capacity: 1, utility: 3.9 },
          { type: 'c7i.2xlarge', capacity: 1, utility: 4 },
        ],
        market: { spot: { maxPrice: 0.3 }, onDemandAfter: '5m' },
        // moto has no LaunchInstances; the local AWS of cloud/ has, and its tests launch by zone.
        placement: { zones: 'group' },
        image: { ids: { [region]: images } },
        disk: { root: '20GiB', data: '130GiB' },
        lifecycle: { idle: '15s' },
        tags: { team: 'build' },
      },
    },
  };
}
