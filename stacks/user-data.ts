import { readFileSync } from 'node:fs';
import { drainHookTimeout } from '../pool/drain-hook.ts';
import { drainHookName, groupName, launchHookName, logGroupName } from '../pool/names.ts';
import type { Fleet, Pool } from '../pool/pool.ts';
import {
  fill,
  readScript,
  registerSections,
  takeSections,
  volumeSections,
  volumesSetting,
} from './boot-sections.ts';
import type { PoolPlace } from './pool-in-region.ts';
import { StackError } from './stack-error.ts';

/** Name of the data volume at launch; Amazon Linux links it to the real device. */
export const dataDevice = '/dev/sdf';

/** Bytes that EC2 allows, before base64. */
const userDataLimit = 16_384;

const template = readScript('user-data.sh');

/** The worker and its installation, for an image that has neither. */
const installSection = [
  'if [ ! -x /opt/muster/venv/bin/python ]; then',
  "  cat > /run/worker.py <<'WORKER'",
  compactPython(readText('../examples/worker/worker.py')),
  'WORKER',
  "  cat > /run/install.sh <<'INSTALL'",
  readScript('../packer/install-worker.sh'),
  'INSTALL',
  '  bash /run/install.sh /run/worker.py',
  'fi',
].join('\n');

/**
 * The script that a worker runs at its first boot. It holds no secret: a heartbeat token is read from
 * its SSM parameter by the worker, with the role that it has.
 *
 * A queue that the example worker cannot read gets settings only; the image brings the worker.
 *
 * @throws Error when the script is larger than EC2 allows.
 */
export function userData(place: PoolPlace): string {
  const { fleet, region, pool } = place;
  const script = fill(template, {
    ENVIRONMENT: environmentFile(workerEnvironment(fleet, region.name, pool)),
    DATA_DEVICE: pool.disk.data === null ? '' : dataDevice,
    TAKE: [...takeSections(place), ...registerSections(place)].join('\n\n'),
    INSTALL: [
      ...volumeSections(place),
      pool.queue.kind === 'sqs' ? installSection : '# The image brings the worker.',
    ].join('\n\n'),
    LOG_AGENT: JSON.stringify(logAgentConfiguration(fleet, pool)),
  });
  const size = Buffer.byteLength(script);
  if (size > userDataLimit) {
    throw new StackError(
      `user data of pool ${pool.id} is ${size} bytes, EC2 allows ${userDataLimit}: ` +
        'declare fewer instance types or existing volumes',
    );
  }
  return script;
}

/** Settings of the worker, by variable; `examples/worker/README.md` says what each means. */
export function workerEnvironment(
  fleet: Fleet,
  region: string,
  pool: Pool,
): Readonly<Record<string, string>> {
  const { heartbeat } = fleet;
  return {
    MUSTER_FLEET: fleet.name,
    MUSTER_POOL: pool.id,
    AWS_REGION: region,
    ...queueEnvironment(pool),
    MUSTER_CAPACITIES: pool.instances
      .map(({ type, capacity }) => `${type}=${capacity}`)
      .sort()
      .join(' '),
    ...(heartbeat === null ? {} : { MUSTER_SCALER_URL: heartbeat.url }),
    ...(heartbeat === null || heartbeat.tokenParameter === null
      ? {}
      : { MUSTER_HEARTBEAT_TOKEN_PARAMETER: heartbeat.tokenParameter }),
    MUSTER_DRAIN_SECONDS: String(drainHookTimeout(pool)),
    MUSTER_DRAIN_HOOK: drainHookName,
    ...(pool.lifecycle.launchHook === undefined
      ? {}
      : {
          MUSTER_LAUNCH_HOOK: launchHookName,
          MUSTER_LAUNCH_SECONDS: String(pool.lifecycle.launchHook),
        }),
    ...(pool.lifecycle.orphanAfter === undefined
      ? {}
      : { MUSTER_ORPHAN_AFTER_SECONDS: String(Math.round(pool.lifecycle.orphanAfter)) }),
    ...volumesEnvironment(pool),
    MUSTER_SPOT_GROUP: groupName(fleet.name, pool.id, 'spot'),
    MUSTER_ON_DEMAND_GROUP: groupName(fleet.name, pool.id, 'on-demand'),
  };
}

/** What the agent of an image mounts. A device that the image declares for its data stays. */
function volumesEnvironment(pool: Pool): Record<string, string> {
  const { disk, storage, worker } = pool;
  const declared = worker?.dataVolume.device ?? null;
  return {
    ...(disk.data === null || declared !== null ? {} : { MUSTER_DATA_DEVICE: dataDevice }),
    ...(storage.attached.length === 0 ? {} : { MUSTER_VOLUMES: volumesSetting(pool) }),
  };
}

function queueEnvironment({ queue }: Pool): Record<string, string> {
  if (queue.kind === 'sqs') {
    return { MUSTER_QUEUE_URL: queue.url, MUSTER_QUEUE_REGION: queue.region };
  }
  // Of any other queue the image knows where it is.
  if (queue.kind !== 'http') return {};
  const { host, port, version, provisionerId, workerType } = queue;
  return {
    MUSTER_QUEUE_URL: `http://${host}:${port}/${version}/jobs`,
    MUSTER_PROVISIONER_ID: provisionerId,
    MUSTER_WORKER_TYPE: workerType,
  };
}

/** In the form that systemd reads: double quotes, nothing is expanded in them. */
function environmentFile(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}="${value.replace(/[\\"]/g, '\\$&').replace(/\s+/g, ' ')}"`)
    .join('\n');
}

/**
 * The same program in fewer bytes, as user data is short of them: no comments, no texts that only say
 * what a function does, no empty lines, fewer line ends within brackets, one line for all imports, and a
 * tab for each four spaces at the start of a line.
 */
export function compactPython(source: string): string {
  return (
    source
      .replace(/^ *"""[^"]*"""\n/gm, '')
      // One with a quote after it may be in a text.
      .replace(/ {2}# [^"\n]*$/gm, '')
      .split('\n')
      .filter((line) => !/^\s*(#.*)?$/.test(line))
      .map((line) => line.replace(/^( {4})+/, (indent) => '\t'.repeat(indent.length / 4)))
      .join('\n')
      .replace(/([([{,])\n\t*/g, '$1')
      .replace(/\n\t*(?=[)\]}])/g, '')
      .replace(/(?<=^import \S+)\nimport /gm, ', ')
  );
}

function logAgentConfiguration(fleet: Fleet, pool: Pool) {
  const file = {
    file_path: '/var/log/muster/worker.log',
    log_group_name: logGroupName(fleet.name, pool.id),
    log_stream_name: '{instance_id}',
  };
  return { logs: { logs_collected: { files: { collect_list: [file] } } } };
}

function readText(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}
