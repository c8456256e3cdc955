/** Lists what a fleet owns in an account, and removes it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { EC2Client } from '@aws-sdk/client-ec2';
import { IAMClient } from '@aws-sdk/client-iam';
import pLimit from 'p-limit';
import { homeRegion } from '../pool/home-region.ts';
import type { Fleet, Region } from '../pool/pool.ts';
import type { Seconds } from '../pool/units.ts';
import { clientConfiguration } from '../scaler/aws/client-configuration.ts';
import { cloudErrorOf } from '../scaler/aws/errors.ts';
import type { FoundResource, Place, ResourceKind } from './fleet-resource.ts';
import * as compute from './owned-compute.ts';
import * as network from './owned-network.ts';
import { otherOwned } from './owned-others.ts';
import * as roles from './owned-roles.ts';
import * as services from './owned-services.ts';
import * as storage from './owned-storage.ts';
import { personCall } from './person-call.ts';

/** In the order in which they go: what uses another before that other. */
const kindsOfRegion: readonly ResourceKind[] = [
  services.eventRule,
  services.alarm,
  services.dashboard,
  services.buildProject,
  compute.group,
  compute.spotRequest,
  compute.instance,
  compute.launchTemplate,
  network.elasticIp,
  storage.volume,
  storage.image,
  storage.snapshot,
  compute.keyPair,
  network.securityGroup,
  network.vpcEndpoint,
  network.subnet,
  network.routeTable,
  network.internetGateway,
  network.vpc,
  services.topic,
  services.queue,
  services.parameter,
  services.table,
  services.bucket,
  services.logGroup,
  services.key,
];
const kindsOfAccount: readonly ResourceKind[] = [
  services.budget,
  roles.instanceProfile,
  roles.role,
  roles.policy,
];

const callsAtOnce = 5;

/** How often something that others still use is tried: AWS frees a network card within minutes. */
const triesWhileInUse = 30;

/** Codes of EC2, Auto Scaling and IAM for what can go once others have gone. */
const inUse =
  /^(DependencyViolation|ResourceInUse|ResourceInUseFault|ScalingActivityInProgress|ScalingActivityInProgressFault|VolumeInUse|DeleteConflict|DeleteConflictException|InvalidIPAddress\.InUse|InvalidSnapshot\.InUse|IncorrectState)$/;

/** Codes for what has gone already. */
const gone = /NotFound|NoSuch|DoesNotExist|NonExistent/;

export interface OwnedResource extends FoundResource {
  readonly kind: string;
  /** null: of the whole account. */
  readonly region: string | null;
}

export interface Owned {
  /** Of all kinds that can be removed, in the order in which they go. */
  readonly resources: readonly OwnedResource[];
  /** ARNs of what carries the fleet's tag and is of another kind. */
  readonly others: readonly string[];
}

export interface Failure {
  readonly resource: OwnedResource;
  readonly message: string;
}

export interface CleanOptions {
  readonly fleet: Fleet;
  /** Time between two tries of what is still in use, and two looks at what is ending. */
  readonly interval: Seconds;
  readonly onRemoved: (resource: OwnedResource) => void;
}

/** Changes nothing. @throws CloudError */
export function listOwned(fleet: Fleet, signal: AbortSignal): Promise<Owned> {
  return withPlaces(fleet, async (places) => {
    const found = await Promise.all(places.map((of) => listPlace(of, signal)));
    const others = await Promise.all(
      places
        .filter(({ region }) => region !== null)
        .map(({ place }) =>
          personCall(`listing what is tagged in ${place.region}`, signal, (abortSignal) =>
            otherOwned(place, abortSignal),
          ),
        ),
    );
    // What an account has once is found in several regions.
    return { resources: found.flat(), others: [...new Set(others.flat())] };
  });
}

/**
 * Removes all that is the fleet's own: what is kept for a reason stays. Goes on past what cannot be
 * removed. May be called again at any time.
 *
 * @returns what could not be removed
 * @throws CloudError when something cannot be listed, or the signal fires
 */
export function cleanFleet(options: CleanOptions, signal: AbortSignal): Promise<Failure[]> {
  return withPlaces(options.fleet, async (places) => {
    const failures: Failure[] = [];
    // Regions do not wait for each other; roles go last, as instances use them.
    const [account, ...regions] = [...places].reverse();
    const clean = async ({ place, kinds, region }: PlaceKinds) => {
      for (const kind of kinds) {
        failures.push(...(await removeKind(place, kind, region, options, signal)));
      }
    };
    await Promise.all(regions.map(clean));
    await clean(account as PlaceKinds);
    return failures;
  });
}

interface PlaceKinds {
  readonly place: Place;
  readonly kinds: readonly ResourceKind[];
  readonly region: string | null;
}

/** One for each region, and the account's last. */
async function withPlaces<T>(
  fleet: Fleet,
  use: (places: readonly PlaceKinds[]) => Promise<T>,
): Promise<T> {
  const placeOf = ({ name, credentials }: Region): Place => {
    const configuration = clientConfiguration(credentials, name);
    return {
      fleet: fleet.name,
      region: name,
      autoScaling: new AutoScalingClient(configuration),
      ec2: new EC2Client(configuration),
      iam: new IAMClient(configuration),
      configuration,
    };
  };
  const places = [
    ...fleet.regions.map((region) => ({
      place: placeOf(region),
      kinds: kindsOfRegion,
      region: region.name,
    })),
    { place: placeOf(homeRegion(fleet)), kinds: kindsOfAccount, region: null },
  ];
  try {
    return await use(places);
  } finally {
    for (const { place } of places) {
      for (const client of [place.autoScaling, place.ec2, place.iam]) client.destroy();
    }
  }
}

async function listPlace(
  { place, kinds, region }: PlaceKinds,
  signal: AbortSignal,
): Promise<OwnedResource[]> {
  const all: OwnedResource[] = [];
  for (const kind of kinds) {
    const found = await listKind(place, kind, signal);
    all.push(...found.map((resource) => ({ ...resource, kind: kind.name, region })));
  }
  return all;
}

function listKind(place: Place, kind: ResourceKind, signal: AbortSignal): Promise<FoundResource[]> {
  return personCall(`listing each ${kind.name} in ${place.region}`, signal, (abortSignal) =>
    kind.list(place, abortSignal),
  );
}

async function removeKind(
  place: Place,
  kind: ResourceKind,
  region: string | null,
  { interval, onRemoved }: CleanOptions,
  signal: AbortSignal,
): Promise<Failure[]> {
  const failures: Failure[] = [];
  const limit = pLimit(callsAtOnce);
  const told = new Set<string>();
  for (let tries = 1; ; tries += 1) {
    // Listed anew each time: what went with another is no longer there, and nothing goes on an old word.
    const listed = await listKind(place, kind, signal);
    const failed = new Set(failures.map(({ resource: { id } }) => id));
    const left = listed.filter(({ id, kept }) => kept === null && !failed.has(id));
    const waiting: Failure[] = [];
    await Promise.all(
      left
        .filter(({ id }) => !told.has(id))
        .map((found) =>
          limit(async () => {
            const resource = { ...found, kind: kind.name, region };
            const problem = await tryRemove(place, kind, found.id, signal);
            if (problem === null) {
              told.add(found.id);
              onRemoved(resource);
            } else if (problem.isInUse && tries < triesWhileInUse) {
              waiting.push({ resource, message: problem.message });
            } else {
              failures.push({ resource, message: problem.message });
            }
          }),
        ),
    );
    const ending = kind.endsLater && left.some(({ id }) => told.has(id));
    if (waiting.length === 0 && !ending) return failures;
    await sleep(interval * 1000, undefined, { signal });
  }
}

/** null: it was removed, or had gone. */
async function tryRemove(
  place: Place,
  kind: ResourceKind,
  id: string,
  signal: AbortSignal,
): Promise<{ readonly isInUse: boolean; readonly message: string } | null> {
  const doing = `removing ${kind.name} ${id} in ${place.region}`;
  try {
    await personCall(doing, signal, (abortSignal) => kind.remove(place, id, abortSignal));
    return null;
  } catch (error) {
    signal.throwIfAborted();
    const { code, kind: why, message } = cloudErrorOf(error, doing, 'person');
    if (gone.test(code)) return null;
    return { isInUse: inUse.test(code) || why !== 'refused', message };
  }
}
