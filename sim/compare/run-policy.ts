import type { Seconds } from '../../pool/units.ts';
import { SimulationError } from '../check-fleet.ts';
import type { Peer } from '../peers/peer.ts';
import { peers } from '../peers/peers.ts';
import { runPeer } from '../peers/run-peer.ts';
import { type LoopRun, simulateLoop } from '../simulate-loop.ts';
import { createSimulation, type Simulation } from '../simulation.ts';
import { summarise } from '../summary.ts';
import type { DecisionCpu } from './decision-cpu.ts';
import type { PolicyResult } from './result.ts';
import type { Scenario } from './scenario.ts';
import { TimelineRecorder } from './timeline.ts';
import { refundedOf, usageOf } from './usage.ts';

/** Ours: the production loop. */
export const ownPolicy = 'muster';

/** All policies that can be run, ours first. */
export const policyNames: readonly string[] = [ownPolicy, ...peers.map(({ name }) => name)];

export interface RunOptions {
  /** Least that the work can cost, in USD; null: not known. */
  readonly lowerBound: number | null;
  /** Told at each iteration how much of the time of arrivals is over, 0 to 1. */
  readonly onProgress?: (share: number) => void;
  readonly cpu?: DecisionCpu;
}

type Tally = Pick<PolicyResult, 'reasons' | 'launchFailures' | 'apiCalls'>;

interface Run {
  readonly simulation: Simulation;
  readonly scenario: Scenario;
  readonly span: Pick<LoopRun, 'arrivalsEnd' | 'limit' | 'settleLimit'>;
  readonly onIteration: () => void;
}

/** For what is not done when the last task has come; then a run ends, done or not. */
const leftLimit: Seconds = 7 * 86_400;
/** After the last task is done, for workers to be let go. */
const settleLimit: Seconds = 2 * 3600;

/**
 * Runs a policy on a simulated cloud of its own until all tasks are done and the pool is back at its
 * minimum, but no longer than two hours after the last task is done and seven days after the last arrival.
 * @throws SimulationError for a policy that there is not.
 */
export async function runPolicy(
  policy: string,
  scenario: Scenario,
  { lowerBound, onProgress, cpu }: RunOptions,
): Promise<PolicyResult> {
  const { fleet, pool, tasks, start, duration, seed, prices, parameters } = scenario;
  const arrivals = new Map([[pool.id, tasks]]);
  const simulation = createSimulation({ fleet, seed, start, arrivals, prices, parameters });
  const recorder = new TimelineRecorder(simulation, duration);
  const onIteration = () => {
    onProgress?.(Math.min(1, (simulation.clock.now() - start) / duration));
  };
  const arrivalsEnd = start + duration;
  const span = { arrivalsEnd, limit: arrivalsEnd + leftLimit, settleLimit };
  const run = { simulation, scenario, span, onIteration };
  const tally = policy === ownPolicy ? await runOwn(run, cpu) : await runOther(policy, run, cpu);
  const summary = summarise(simulation);
  const usd = summary.spend.spot + summary.spend['on-demand'];
  const refunded = refundedOf(simulation, parameters.billing);
  const isComplete = summary.tasks.finished === tasks.length;
  const comparable = isComplete && lowerBound !== null && lowerBound > 0;
  return {
    policy,
    summary,
    usd,
    refunded,
    ratioToBound: comparable ? (usd + refunded) / lowerBound : null,
    ...tally,
    timeline: recorder.finish(),
    usage: usageOf(simulation),
  };
}

async function runOwn(
  { simulation, scenario: { fleet }, span, onIteration }: Run,
  cpu?: DecisionCpu,
): Promise<Tally> {
  const watch = cpu === undefined ? {} : { watch: cpu.watchLoop };
  const tally = await simulateLoop(fleet, simulation, { ...span, onIteration, ...watch });
  return {
    reasons: byName(tally.byReason),
    launchFailures: byName(tally.launchFailures),
    apiCalls: simulation.clouds
      .flatMap(({ calls }) => Object.values(calls))
      .reduce((sum, count) => sum + count, 0),
  };
}

async function runOther(policy: string, run: Run, cpu?: DecisionCpu): Promise<Tally> {
  const { simulation, scenario, span, onIteration } = run;
  const { fleet, pool, seed } = scenario;
  const peer = peerNamed(policy);
  const tasks = new Map([[pool.id, scenario.tasks]]);
  const watched = cpu?.watchPeer(peer) ?? peer;
  const options = { ...span, tasks, seed, onIteration };
  const tally = await runPeer(fleet, simulation, watched, options);
  return { reasons: {}, launchFailures: byName(tally.launchFailures), apiCalls: tally.apiCalls };
}

function peerNamed(policy: string): Peer {
  const peer = peers.find(({ name }) => name === policy);
  if (peer) return peer;
  throw new SimulationError(`no policy is ${policy}; allowed: ${policyNames.join(', ')}`);
}

function byName(counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
