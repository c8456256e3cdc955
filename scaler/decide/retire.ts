import type { Slots } from '../../pool/units.ts';
import { mostAwayShare } from './constants.ts';
import type { PoolPolicy } from './observation.ts';
import type { JudgedWorker } from './worker-state.ts';

export interface RetirementBasis {
  readonly pool: Pick<PoolPolicy, 'instances'>;
  readonly workers: readonly JudgedWorker[];
  /** Those of them that do not go for another reason, in groups that let their instances go. */
  readonly candidates: readonly JudgedWorker[];
  /** Whether tasks wait, which an outdated worker does as well as another. */
  readonly tasksWait: boolean;
  /** Slots asked for that no instance stands for yet. */
  readonly requested: Slots;
  /** Slots that could be launched in place of as many that go; 0: none, for now. */
  readonly replaceable: Slots;
  /** Whether it is known that nothing runs on a worker. */
  readonly isFree: (worker: JudgedWorker) => boolean;
  /** USD per hour / utility of a worker's offering; infinite: not known, so taken for dearest. */
  readonly pricePerUtility: (worker: JudgedWorker) => number;
}

/**
 * Whom to replace by a worker of the current image: outdated workers on which nothing runs, dearest per
 * utility first. Busy ones wait until they are free.
 *
 * Capacity is kept: at most {@link mostAwayShare} of the pool's workers are away at once, and one in any
 * case. Away is an outdated worker that is asked to go, for being outdated or not needed, or is ending, and
 * every worker that is asked for or boots, as the one that comes in its place does. So nothing goes while
 * a launch is outstanding for long, or boots fail.
 *
 * The first goes alone, as a canary: until a worker of the current image is up, nobody goes while another
 * is away. Images are different ones by region and architecture, and each has to come up by itself.
 */
export function chooseRetired(basis: RetirementBasis): readonly JudgedWorker[] {
  const { pool, workers, tasksWait, isFree, pricePerUtility } = basis;
  let { replaceable } = basis;
  const outdated = basis.candidates.filter(({ worker }) => worker.outdated);
  if (tasksWait || replaceable === 0 || outdated.length === 0) return [];
  const imageOf = ({ worker, group }: JudgedWorker) => {
    const choice = pool.instances.find(({ type }) => type === worker.instanceType);
    return `${group.region} ${choice?.architecture}`;
  };
  const proven = new Set(workers.filter(isUpToDate).map(imageOf));
  const there = workers.filter(
    ({ worker: { phase } }) => phase !== 'terminating' && phase !== 'gone',
  );
  const bound = Math.max(1, Math.floor(there.length * mostAwayShare));
  let away = awayWorkers(basis);
  const retired: JudgedWorker[] = [];
  const free = outdated
    .filter((judged) => judged.drainingSince === null && isFree(judged))
    .map((judged) => ({ judged, price: pricePerUtility(judged) }))
    .sort(
      (a, b) =>
        (a.price === b.price ? 0 : b.price - a.price) ||
        (a.judged.worker.instanceId < b.judged.worker.instanceId ? -1 : 1),
    );
  for (const { judged } of free) {
    const { weight } = judged.worker;
    if (away >= (proven.has(imageOf(judged)) ? bound : 1) || weight > replaceable) continue;
    retired.push(judged);
    away += 1;
    replaceable -= weight;
  }
  return retired;
}

/** Of the current image, and it has booted. */
function isUpToDate({ worker, state }: JudgedWorker): boolean {
  return !worker.outdated && (state === 'idle' || state === 'busy');
}

function awayWorkers({ pool, workers, requested }: RetirementBasis): number {
  // As many as it can be: of the smallest type.
  const smallest = Math.min(...pool.instances.map(({ capacity }) => capacity));
  return workers.filter(isAway).length + Math.ceil(requested / smallest);
}

function isAway({ worker, state, drainBecause }: JudgedWorker): boolean {
  if (state === 'draining') {
    return drainBecause === 'outdated' || (worker.outdated && drainBecause === 'surplus');
  }
  return state === 'booting' || (state === 'stopping' && worker.outdated);
}
