import { readFileSync } from 'node:fs';
import { elasticIpUser, tagKeys } from '../pool/names.ts';
import type { PoolPlace } from './pool-in-region.ts';

/** Fills in the names between @ signs. @throws Error when there is no value for one. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/@([A-Z_]+)@/g, (marker, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`nothing to fill in for ${marker}`);
    return value;
  });
}

/** A script without comments and indents, as user data is short of bytes. It holds no text of lines. */
function readScript(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8')
    .trimEnd()
    .replace(/^\s*#.*\n/gm, '')
    .replace(/^ +/gm, '');
}

const ownInstance = readScript('own-instance.sh');
const bindAddress = readScript('bind-address.sh');
const attachVolumes = readScript('attach-volumes.sh');
const register = readScript('register.sh');

/** Device names for existing volumes start here; images and data volumes use earlier letters. */
const firstLetter = 'k'.charCodeAt(0);

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
 * What a worker takes for itself when it boots: an Elastic IP, existing volumes. Nothing for a pool that
 * has neither. The image must have the AWS CLI.
 */
export function takeSections({ fleet, region, pool }: PoolPlace): string[] {
  const { elasticIps } = pool.network;
  const { attached } = pool.storage;
  if (elasticIps === null && attached.length === 0) return [];
  return [
    fill(ownInstance, { REGION: region.name }),
    ...(elasticIps === null
      ? []
      : [fill(bindAddress, { TAG: tagKeys.usedBy, USER: elasticIpUser(fleet.name, pool.id) })]),
    ...(attached.length === 0
      ? []
      : [
          [
            attachVolumes,
            ...attached.map(({ id, mountPoint }, index) => {
              const device = `/dev/sd${String.fromCharCode(firstLetter + index)}`;
              return `attach_volume ${id} ${device} ${mountPoint}`;
            }),
          ].join('\n'),
        ]),
  ];
}
