import { readFileSync } from 'node:fs';
import { elasticIpUser, tagKeys } from '../pool/names.ts';
import type { Pool } from '../pool/pool.ts';
import type { PoolPlace } from './pool-in-region.ts';

/** Fills in the names between @ signs. @throws Error when there is no value for one. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/@([A-Z_]+)@/g, (marker, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`nothing to fill in for ${marker}`);
    return value;
  });
}

/** A script without comments, empty lines and indents, as user data is short of bytes. It holds no text of lines. */
export function readScript(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8')
    .trimEnd()
    .replace(/^\s*#(?!!).*\n/gm, '')
    .replace(/^\n/gm, '')
    .replace(/^ +/gm, '');
}

const ownInstance = readScript('own-instance.sh');
const bindAddress = readScript('bind-address.sh');
/** What the agent of an image runs too. */
const mountVolumes = readScript('../packer/agent/mount-volumes.sh');
const keepMounts = readScript('keep-mounts.sh');
const register = readScript('register.sh');

/**
 * How a worker gets the user data that the Taskcluster provisioner gave its workers: into
 * `/etc/muster/user-data.json`, for root alone. Nothing for a fleet without worker types, or whose workers
 * do not know where the scaler is.
 */
export function registerSections({ fleet }: PoolPlace): string[] {
  if (fleet.workerTypes === undefined || fleet.heartbeat === null) return [];
  return [fill(register, { URL: fleet.heartbeat.url.replace(/\/+$/, '') })];
}

/**
 * What a worker takes for itself when it boots, on any image: an Elastic IP. Before it stands which instance
 * it is, where anything asks for that. The image must have the AWS CLI.
 */
export function takeSections({ fleet, region, pool }: PoolPlace): string[] {
  const { elasticIps } = pool.network;
  if (elasticIps === null && pool.storage.attached.length === 0) return [];
  return [
    fill(ownInstance, { REGION: region.name }),
    ...(elasticIps === null
      ? []
      : [fill(bindAddress, { TAG: tagKeys.usedBy, USER: elasticIpUser(fleet.name, pool.id) })]),
  ];
}

/** Existing volumes as `packer/agent/mount-volumes.sh` reads them: `VOLUME=MOUNT_POINT`, with spaces between. */
export function volumesSetting({ storage }: Pool): string {
  return storage.attached.map(({ id, mountPoint }) => `${id}=${mountPoint}`).join(' ');
}

/**
 * Attaches and mounts existing volumes, as the agent does, on an image that has none. They are mounted again
 * after a restart, at which user data does not run.
 */
export function volumeSections({ pool }: PoolPlace): string[] {
  if (pool.storage.attached.length === 0) return [];
  return [
    [
      `MUSTER_VOLUMES='${volumesSetting(pool)}'`,
      '(',
      'MUSTER_INSTANCE_ID=$instance',
      mountVolumes,
      ')',
      keepMounts,
    ].join('\n'),
  ];
}
