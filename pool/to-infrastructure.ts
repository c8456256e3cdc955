/** What stands beside the pools, from what the file says to the types that the stacks read. */
import { compareText } from './compare-text.ts';
import type { Infrastructure, ScalerHost } from './infrastructure.ts';
import type { RemoteState } from './remote-state.ts';
import type { FleetOutput } from './schema.ts';
import { defaultScalerType } from './schema-infrastructure.ts';

export function toInfrastructure(output: FleetOutput): Infrastructure {
  const { events, logRetention, monitoring, scaler, imageBuild } = output;
  return {
    remoteState: toRemoteState(output),
    events,
    logRetentionDays: Number.parseInt(logRetention, 10),
    monitoring: monitoring ? { notify: sorted(monitoring.notify) } : null,
    scaler: toScalerHost(scaler),
    imageBuild: imageBuild
      ? { every: imageBuild.every ?? null, builders: sorted(imageBuild.builders) }
      : null,
  };
}

function toRemoteState({ state, regions }: FleetOutput): RemoteState | null {
  if (state === undefined) return null;
  return {
    bucket: state.bucket,
    region: state.region ?? Object.keys(regions).sort(compareText)[0] ?? '',
    environment: state.environment ?? null,
    kmsKeyArn: state.kmsKey ?? null,
  };
}

function toScalerHost(scaler: FleetOutput['scaler']): ScalerHost | null {
  if (scaler === 'elsewhere') return null;
  const plain = { apiFrom: [], kmsKeyArn: null, addressZone: null };
  if (scaler === 'aws') return { instanceType: defaultScalerType, ...plain };
  const { instanceType, apiFrom, kmsKey = null, addressZone = null } = scaler;
  return { instanceType, apiFrom: sorted(apiFrom), kmsKeyArn: kmsKey, addressZone };
}

function sorted(texts: readonly string[] = []): string[] {
  return [...new Set(texts)].sort(compareText);
}
