import { readFileSync } from 'node:fs';
import { fleetWideName, ownLogGroupName } from '../pool/names.ts';
import type { Fleet } from '../pool/pool.ts';
import { scalerAddress } from './scaler-address.ts';

/** Where the scaler's API listens on its instance. */
export const apiPort = 3001;

/**
 * The script that the scaler's instance runs at its first boot. Program and declaration are not in
 * it, so that a change of either is no new launch template.
 *
 * @param region of the instance
 * @param bucket that holds `muster.mjs` and `muster.yaml`
 */
export function scalerUserData(fleet: Fleet, region: string, bucket: string): string {
  const { heartbeat } = fleet;
  const address = scalerAddress(fleet);
  const units = ['muster-scaler.service', 'muster-update.timer'];
  // Off loopback the API asks for a token, which only a fleet with heartbeats has.
  const host = heartbeat === null ? '127.0.0.1' : '0.0.0.0';
  const environment = {
    AWS_REGION: region,
    MUSTER_BUCKET: bucket,
    MUSTER_TABLE: fleetWideName(fleet.name, 'state'),
    MUSTER_LISTEN: `${host}:${apiPort}`,
    ...(address === null
      ? {}
      : { MUSTER_ADDRESS_ZONE: address.zoneId, MUSTER_ADDRESS_NAME: address.name }),
    ...(heartbeat?.tokenParameter
      ? { MUSTER_HEARTBEAT_TOKEN_PARAMETER: heartbeat.tokenParameter }
      : {}),
  };
  const parts: Readonly<Record<string, string>> = {
    ENVIRONMENT: Object.entries(environment)
      .map(([name, value]) => `${name}="${value}"`)
      .join('\n'),
    UPDATE: readText('scaler-update.sh'),
    RUN: readText('scaler-run.sh'),
    SCALER_UNIT: readText('muster-scaler.service'),
    UPDATE_UNIT: readText('muster-update.service'),
    UPDATE_TIMER: readText('muster-update.timer'),
    ADDRESS: readText('scaler-address.sh'),
    ADDRESS_UNIT: readText('muster-address.service'),
    ADDRESS_TIMER: readText('muster-address.timer'),
    UNITS: [...units, ...(address === null ? [] : ['muster-address.timer'])].join(' '),
    LOG_AGENT: JSON.stringify(logAgentConfiguration(fleet)),
  };
  return readText('scaler-user-data.sh').replace(/@([A-Z_]+)@/g, (marker, name: string) => {
    const part = parts[name];
    if (part === undefined)
      throw new Error(`scaler-user-data.sh: nothing to fill in for ${marker}`);
    return part;
  });
}

function logAgentConfiguration(fleet: Fleet) {
  const file = {
    file_path: '/var/log/muster/scaler.log',
    log_group_name: ownLogGroupName(fleet.name, 'Scaler'),
    log_stream_name: '{instance_id}',
  };
  return { logs: { logs_collected: { files: { collect_list: [file] } } } };
}

function readText(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8').trimEnd();
}
