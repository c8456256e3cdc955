import { setTimeout as pause } from 'node:timers/promises';
import { createLogUpdate } from 'log-update';
import type { UnixSeconds } from '../pool/units.ts';
import type { CapacityByState } from '../scaler/decide/decision.ts';
import type { RejectionCause } from '../scaler/decide/reason.ts';
import type { RefusalCause } from '../scaler/decide/refusals.ts';
import type { DecisionTally, LastDecision } from '../sim/decision-tally.ts';
import type { Simulation } from '../sim/simulation.ts';
import { spendByMarket } from '../sim/summary.ts';

/** Shows a run while it lasts. */
export interface DemoView {
  show(tally: DecisionTally): Promise<void> | void;
  end(): void;
}

interface Span {
  readonly start: UnixSeconds;
  readonly end: UnixSeconds;
}

const framesPerSecond = 10;
/** Real time that the span takes on a terminal; without a pace it would be over before one could look. */
const realSeconds = 25;
const progressInterval = 1800;

export const noView: DemoView = { show() {}, end() {} };

/** A line for each half hour. */
export function progressLines(simulation: Simulation, { start }: Span): DemoView {
  let next = start;
  return {
    show(tally) {
      if (simulation.clock.now() < next) return;
      next += progressInterval;
      const elapsed = clockFace(simulation.clock.now() - start);
      for (const last of tally.last.values()) {
        process.stdout.write(
          `${elapsed}  ${last.pool.name}: ${queueText(last)}; ${workersText(last.decision.capacity)}; ` +
            `desired ${last.decision.target}; ${refusedLine(last)}${spendText(simulation)}\n`,
        );
      }
    },
    end() {
      process.stdout.write('\n');
    },
  };
}

/** Redrawn in place, at a pace at which a person can follow. */
export function liveView(simulation: Simulation, { start, end }: Span): DemoView {
  const draw = createLogUpdate(process.stdout);
  const began = performance.now();
  let drawnAt = Number.NEGATIVE_INFINITY;
  const prices = new Map<string, string>();
  return {
    async show(tally) {
      const share = (simulation.clock.now() - start) / (end - start);
      const ahead = began + share * realSeconds * 1000 - performance.now();
      if (ahead > 1000 / framesPerSecond) await pause(ahead);
      for (const last of tally.last.values()) rememberPrice(prices, last);
      if (performance.now() - drawnAt < 1000 / framesPerSecond) return;
      drawnAt = performance.now();
      draw(frame(simulation, tally, start, prices));
    },
    end() {
      draw.done();
      process.stdout.write('\n');
    },
  };
}

function frame(
  simulation: Simulation,
  tally: DecisionTally,
  start: UnixSeconds,
  prices: ReadonlyMap<string, string>,
): string {
  const lines = [`virtual time  ${clockFace(simulation.clock.now() - start)}`];
  for (const last of tally.last.values()) {
    lines.push(
      `pool          ${last.pool.name}`,
      `queue         ${queueText(last)}`,
      `slots         ${workersText(last.decision.capacity)}`,
      `desired       ${last.decision.target} of at most ${last.pool.capacity.max} slots`,
      `chosen        ${prices.get(last.pool.id) ?? 'nothing yet'}`,
    );
    const refused = refusedText(last);
    if (refused !== '') lines.push(`refused       ${refused}`);
  }
  lines.push(`spend         ${spendText(simulation)}`);
  return lines.join('\n');
}

/** Types are chosen only now and then; the last choice stays in view. */
function rememberPrice(prices: Map<string, string>, { pool, decision }: LastDecision): void {
  const chosen = decision.reasons.flatMap((reason) =>
    reason.kind === 'offering-chosen'
      ? [`${reason.instanceType} ${reason.market} ${reason.pricePerUtility.toFixed(4)}`]
      : [],
  );
  if (chosen.length > 0) prices.set(pool.id, `${chosen.join(', ')} USD per utility and hour`);
}

function queueText({ observation: { queue } }: LastDecision): string {
  if (queue.status === 'unknown') return `unknown (${queue.error})`;
  const age = queue.oldestPendingAge;
  const oldest = age === null ? '' : `, oldest ${Math.round(age)} s`;
  return `${queue.pending} pending${oldest}, ${queue.claimed ?? 'unknown'} claimed`;
}

function workersText(capacity: CapacityByState): string {
  const states = Object.entries(capacity).filter(([, slots]) => slots > 0);
  return states.map(([state, slots]) => `${slots} ${state}`).join(', ') || 'none';
}

function refusedLine(last: LastDecision): string {
  const refused = refusedText(last);
  return refused === '' ? '' : `refused ${refused}; `;
}

/** Offerings that are left alone now, and why; empty: none. */
function refusedText({ decision }: LastDecision): string {
  return decision.reasons
    .flatMap((reason) =>
      reason.kind === 'offering-rejected' && isRefusal(reason.because)
        ? [`${reason.offerings} offerings (${reason.because})`]
        : [],
    )
    .join(', ');
}

/** What the cloud refused or took back, not what the pool itself rules out. */
function isRefusal(because: RejectionCause): because is RefusalCause {
  return !['no-price', 'above-max-price', 'market-not-allowed'].includes(because);
}

function spendText({ host }: Simulation): string {
  const { spot, 'on-demand': onDemand } = spendByMarket(host);
  return `USD ${spot.toFixed(2)} spot, ${onDemand.toFixed(2)} on-demand`;
}

function clockFace(seconds: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
}
