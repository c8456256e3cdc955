import { App } from 'cdktf';
import type { Fleet } from '../pool/pool.ts';
import { RegionStack } from './region-stack.ts';
import { SharedStack } from './shared-stack.ts';
import { withoutStackTraces } from './without-stack-traces.ts';

/**
 * All stacks of a fleet: one with what is global in an account, and one per region, which needs it.
 * The order in which pools, regions or instance types are given changes no byte of a stack.
 *
 * @param outputDirectory where `synth()` writes; default: what the cdktf CLI asks for, or `cdktf.out`
 */
export function fleetApp(fleet: Fleet, outputDirectory?: string): App {
  const app = new App({
    stackTraces: false,
    ...(outputDirectory === undefined ? {} : { outdir: outputDirectory }),
  });
  const sorted = inOrder(fleet);
  withoutStackTraces(() => {
    const shared = new SharedStack(app, sorted);
    for (const region of sorted.regions) {
      new RegionStack(app, sorted, region).addDependency(shared);
    }
  });
  return app;
}

/** The fleet with everything that has no order of its own sorted by name. */
function inOrder(fleet: Fleet): Fleet {
  const pools = fleet.pools.map((pool) => ({
    ...pool,
    regions: [...pool.regions].sort(),
    instances: [...pool.instances].sort((left, right) => byText(left.type, right.type)),
  }));
  return {
    ...fleet,
    pools: pools.sort((left, right) => byText(left.id, right.id)),
    regions: [...fleet.regions].sort((left, right) => byText(left.name, right.name)),
  };
}

/** By code unit, whatever the locale of the machine. */
function byText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
