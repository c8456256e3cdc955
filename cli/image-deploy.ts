import { Command, InvalidArgumentError } from 'commander';
import type { ImageChange } from '../account/deploy-image.ts';
import type { Followed } from '../account/watch-deployment.ts';
import { lockFileOf, readImageLock } from '../pool/image-lock.ts';
import { loadFleet } from '../pool/load.ts';
import { nearest, suggestion } from '../pool/nearest.ts';
import { printDuration } from '../pool/parse-units.ts';
import type { Fleet, Pool } from '../pool/pool.ts';
import type { Seconds } from '../pool/units.ts';
import { systemClock } from '../scaler/system-clock.ts';
import { deployAmiSets } from './deploy-ami-sets.ts';
import {
  collectImage,
  type GivenImage,
  givenImages,
  type ImageOf,
  refused,
} from './image-given.ts';
import { type DefinitionSource, sourceOption } from './stored-definitions.ts';
import { timeoutOption, untilStopped } from './until-stopped.ts';

interface Options {
  readonly config: string;
  readonly manifest?: string;
  readonly image?: readonly GivenImage[];
  readonly previous?: true;
  readonly canary?: number;
  readonly watch?: true;
  readonly wait: boolean;
  readonly scaler?: URL;
  readonly state?: DefinitionSource;
  readonly timeout: Seconds;
}

/** Time between two looks while a deployment is followed; less where the scaler decides more often. */
const lookEvery: Seconds = 5;

export function imageDeployCommand(): Command {
  return new Command('deploy')
    .description(
      "put an image into use: into the SSM parameters or AMI sets that a pool's image names",
    )
    .argument('<pool>', 'the pool')
    .option(
      '--manifest <path>',
      'what muster image build wrote: its folder, or POOL.image.json in it (default: image.out)',
    )
    .option(
      '--image <region=ami>',
      'or REGION/ARCHITECTURE=AMI, in place of a manifest; for each region of the pool',
      collectImage,
    )
    .option('--previous', 'the image that was in use before the present one')
    .option('--canary <number>', 'start so many first, and the rest once these run', parseCanary)
    .option('--watch', 'show progress, and go on until no worker has an older image')
    .option('--no-wait', 'end at once: nothing puts the previous image back')
    .option('--scaler <url>', "the scaler's API, which knows who registered", parseUrl)
    .option('--config <file>', 'the declaration', 'muster.yaml')
    .addOption(sourceOption('--state', 'of a pool with an AMI set: the store that has it'))
    .addOption(timeoutOption('how long to follow the new workers', 30 * 60))
    .addHelpText(
      'after',
      '\nEnds once a worker of the new image runs, or the canaries do, or the pool has no worker and wants\n' +
        'none. A worker runs once the scaler has heard it; without --scaler, once it is in service where\n' +
        "the pool has a launch hook, or has been for longer than the pool's lifecycle.missingAfter.\n" +
        'The previous image comes back when one of the canaries fails, or they do not run in time; without\n' +
        '--canary, when three workers fail, and more than run. The URL is called with MUSTER_TOKEN, if set.\n' +
        'Exit code 1: the new image was not deployed or failed, and the message says which is in use;\n' +
        '2: wrong input, and nothing was changed.',
    )
    .action(deploy);
}

async function deploy(name: string, options: Options): Promise<void> {
  const { config } = options;
  const fleet = loadFleet(config);
  const pool = poolOf(fleet, name, config);
  refuseTogether(pool, options);
  const imageOf = options.previous ? null : givenImages(fleet, pool, options);
  const signal = untilStopped(options.timeout);
  if (pool.image.kind === 'ami-set') {
    return deployAmiSets({ fleet, pool, imageOf, state: options.state, say, signal });
  }
  refuseFixed(pool, config);
  const { lockDeployment } = await import('../account/deploy-image.ts');
  const lock = await lockDeployment(fleet, pool, () => new Date(systemClock.now() * 1_000));
  try {
    await deployParameters(fleet, pool, imageOf, options, signal);
  } finally {
    await lock.release().catch((error: Error) => warn(`could not unlock: ${error.message}`));
  }
}

async function deployParameters(
  fleet: Fleet,
  pool: Pool,
  imageOf: ImageOf | null,
  options: Options,
  signal: AbortSignal,
): Promise<void> {
  const { wait, timeout } = options;
  const [canary, scaler] = [options.canary ?? null, options.scaler ?? null];
  const watch = options.watch === true;
  const { endCanary, isChange, plannedChanges, poolsOfImage, putImages } = await import(
    '../account/deploy-image.ts'
  );
  const { lookAtWorkers } = await import('../account/deployed-workers.ts');
  const { watchDeployment } = await import('../account/watch-deployment.ts');
  const planned = await plannedChanges(fleet, pool, imageOf, signal);
  const changes = planned.filter(isChange);
  const pools = poolsOfImage(fleet, pool);
  if (canary !== null) refuseWithoutWayBack(changes);
  // What cannot be asked now could not be followed later.
  if (wait && changes.length > 0) await lookAtWorkers({ fleet, pools, scaler }, signal);
  for (const { region, parameter, present, after } of planned) {
    say(`${region} ${parameter}: ${after} (${present === after ? 'as before' : `was ${present}`})`);
  }
  const others = pools.filter((other) => other !== pool).map((other) => other.name);
  if (others.length > 0) say(`Read by ${others.join(', ')} too`);
  // One may be left of a command that died.
  if (canary === null || changes.length === 0) {
    for (const failure of await endCanary(fleet, planned)) warn(failure);
  }
  if (changes.length === 0) return say('Nothing to deploy');
  for (const { region, parameter, present, before } of changes) {
    if (before === null) warn(`${region} ${parameter}: ${present} is gone and cannot come back`);
  }
  const startedAt = Math.floor(systemClock.now());
  await putImages(fleet, changes, canary !== null, signal);
  if (!wait) {
    return say(
      'Deployed: workers that start from now on have the new image. Nothing puts the previous one back ' +
        'if they fail; the breaker on boots stops launches',
    );
  }
  const followed = await watchDeployment(
    {
      ...{ fleet, pools, changes, canary, scaler, toTheEnd: watch },
      since: Math.min(startedAt, ...changes.map(({ triedSince }) => triedSince ?? startedAt)),
      interval: Math.min(lookEvery, fleet.interval),
      now: systemClock.now,
      onProgress: watch ? say : () => {},
      say,
    },
    signal,
  );
  say(describeEnd(followed, pool, timeout, signal));
}

/** @throws Error after an interrupt: what is known then is no success */
function describeEnd(
  { progress, end }: Followed,
  pool: Pool,
  timeout: Seconds,
  signal: AbortSignal,
): string {
  const { proven = [], failed = new Map(), older = 0 } = progress ?? {};
  const back = `npx muster image deploy ${pool.name} --previous puts the former one back`;
  if (end === 'no-workers') {
    return (
      `Deployed: pool ${pool.name} has no worker and wants none, so that nothing shows yet that the image ` +
      `runs. If it does not, the breaker on boots stops launches; ${back}`
    );
  }
  if (end === 'proven') {
    const failures = failed.size === 0 ? '' : `, ${failed.size} failed`;
    return older === 0
      ? `Deployed to every worker: ${proven.length} run${failures}`
      : `Deployed: ${proven.length} of the new image run${failures}; ${older} of older images go as they fall idle`;
  }
  if (signal.reason?.message === 'stopped') {
    throw new Error(`stopped: the new image stays in use and nothing follows it; ${back}`);
  }
  return (
    `Deployed, and not proven: after ${printDuration(timeout)} no worker of the new image is known to run; ` +
    `${progress?.booting.length ?? 0} boot, ${older} are of older images. ${back}`
  );
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function warn(line: string): void {
  process.stderr.write(`muster: ${line}\n`);
}

/** @throws {DeclarationError} for options that say two things */
function refuseTogether(pool: Pool, options: Options): void {
  const { canary, manifest, image = [], previous, scaler, watch, wait } = options;
  if (previous && (manifest !== undefined || image.length > 0)) {
    throw refused('--previous', 'got --manifest or --image too; allowed: one of the three');
  }
  if (!wait && (watch || canary !== undefined || scaler !== undefined)) {
    const got = watch ? '--watch' : canary === undefined ? '--scaler' : '--canary';
    throw refused(
      '--no-wait',
      `got ${got} too, which follows the new workers; allowed: one of them`,
    );
  }
  if (pool.image.kind === 'ami-set' && (watch || canary !== undefined)) {
    const got = watch ? '--watch' : '--canary';
    throw refused(got, 'got a pool with an AMI set, whose templates change with an apply');
  }
  if (scaler !== undefined && !pool.heartbeats) {
    const message = `got pool ${pool.name}, of whose workers the scaler hears nothing; allowed: no --scaler, or declare heartbeat`;
    throw refused('--scaler', message);
  }
}

/** Canaries hold all other launches to the image that is there. */
function refuseWithoutWayBack(changes: readonly ImageChange[]): void {
  const stuck = changes.find(({ before }) => before === null);
  if (stuck === undefined) return;
  const { parameter, region, present } = stuck;
  throw refused(
    '--canary',
    `got parameter ${parameter} in ${region} with ${present}, which is gone, so that no launch can have ` +
      'it meanwhile; allowed: no --canary',
  );
}

function poolOf(fleet: Fleet, name: string, config: string): Pool {
  const pool = fleet.pools.find((item) => item.name === name);
  if (pool !== undefined) return pool;
  const known = fleet.pools.map((item) => item.name);
  const fix = suggestion(nearest(name, known));
  throw refused('pools', `got ${name}; allowed: ${known.join(', ')}${fix}`, config);
}

/** An image that nothing names at run time changes with the declaration. */
function refuseFixed({ id, name, image }: Pool, config: string): void {
  const path = `pools.${name}.image`;
  if (image.kind !== 'ssm') {
    const message = `got ${image.kind === 'id' ? 'image ids' : 'owners'}; allowed: ssm or amiSet, which a deployment changes`;
    throw refused(path, message, config);
  }
  if (image.parameter.startsWith('/aws/')) {
    throw refused(
      path,
      `got ${image.parameter}, which is AWS's; allowed: a parameter of your own`,
      config,
    );
  }
  const file = lockFileOf(config);
  if (readImageLock(file).pools[id] === undefined) return;
  const message = `pinned in ${file}, so that templates do not read ${image.parameter}; remove it there, synth and apply`;
  throw refused(path, message, config);
}

function parseCanary(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= 1_000) return count;
  throw new InvalidArgumentError('Allowed: a whole number from 1 to 1000.');
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new InvalidArgumentError('Allowed: a URL such as http://127.0.0.1:3001.');
}
