import { App } from 'cdktf';
import { homeRegion } from '../pool/home-region.ts';
import type { Fleet } from '../pool/pool.ts';
import { ImageStack } from './image-stack.ts';
import { MonitoringStack, needsMonitoring } from './monitoring-stack.ts';
import { NetworkStack } from './network-stack.ts';
import { RegionStack } from './region-stack.ts';
import { requiredArtifacts, type ScalerArtifacts } from './scaler-artifacts.ts';
import { ScalerStack } from './scaler-stack.ts';
import { SharedStack } from './shared-stack.ts';
import { withoutStackTraces } from './without-stack-traces.ts';

/**
 * All stacks of a fleet: one with what is global in an account, and one per region, which needs it.
 * The order in which pools, regions or instance types are given changes no byte of a stack.
 *
 * @param outputDirectory where `synth()` writes; default: what the cdktf CLI asks for, or `cdktf.out`
 * @param artifacts needed where the fleet runs its scaler in AWS
 */
export function fleetApp(
  fleet: Fleet,
  outputDirectory?: string,
  artifacts: ScalerArtifacts | null = null,
): App {
  const app = new App({
    stackTraces: false,
    ...(outputDirectory === undefined ? {} : { outdir: outputDirectory }),
  });
  const sorted = inOrder(fleet);
  withoutStackTraces(() => {
    const home = homeRegion(sorted).name;
    const shared = new SharedStack(app, sorted);
    if (needsMonitoring(sorted)) new MonitoringStack(app, sorted).addDependency(shared);
    for (const region of sorted.regions) {
      const { network } = region;
      const created =
        network.kind === 'created' ? [new NetworkStack(app, sorted, region, network)] : [];
      const { imageBuild } = sorted.infrastructure;
      const images = imageBuild === null ? [] : [new ImageStack(app, sorted, region, imageBuild)];
      const stack = new RegionStack(app, sorted, region);
      for (const needed of [shared, ...created, ...images]) stack.addDependency(needed);
      if (region.name === home) addScalerStack(app, sorted, artifacts)?.addDependency(stack);
    }
  });
  return app;
}

function addScalerStack(app: App, fleet: Fleet, artifacts: ScalerArtifacts | null) {
  const { scaler } = fleet.infrastructure;
  if (scaler === null) return null;
  return new ScalerStack(app, fleet, scaler, requiredArtifacts(fleet, artifacts));
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
