/**
 * What `npm start` runs: the declaration in ./muster.yaml, its Terraform, and then the production
 * loop on a simulated cloud with a demo workload, on a virtual clock.
 */
import { Command } from 'commander';
import { loadPinnedFleet } from '../pool/image-lock.ts';
import type { Fleet } from '../pool/pool.ts';
import type { DecisionTally } from '../sim/decision-tally.ts';
import { demoWorkload } from '../sim/demo-workload.ts';
import { simulateLoop } from '../sim/simulate-loop.ts';
import { createSimulation, type Simulation } from '../sim/simulation.ts';
import { summarise } from '../sim/summary.ts';
import { withHeartbeats } from '../sim/with-heartbeats.ts';
import { generateWorkload } from '../sim/workload.ts';
import { describeRun } from './demo-summary.ts';
import { type DemoView, liveView, noView, progressLines } from './demo-view.ts';
import { failWith } from './failure.ts';
import { wholeNumber } from './whole-number.ts';

const config = 'muster.yaml';
const terraformDirectory = 'terraform.out';
/** Monday, 6 March 2023, 00:00 UTC: within the months that the price model was fitted to. */
const start = Date.UTC(2023, 2, 6) / 1000;
/** After the last arrival, for what is still running. */
const settleHours = 3;

interface DemoOptions {
  readonly seed: number;
  readonly hours: number;
  readonly once?: true;
}

async function runDemo({ seed, hours, once }: DemoOptions): Promise<void> {
  const say = (line: string) => (once ? undefined : process.stdout.write(`${line}\n`));
  const fleet = loadPinnedFleet(config);
  say(`${config}: fleet ${fleet.name}, ${fleet.pools.length} pool(s), valid`);
  // Loaded only here: the Terraform bindings take half a second.
  const { writeStacks } = await import('../stacks/write-stacks.ts');
  const stacks = writeStacks(fleet, terraformDirectory);
  say(`${terraformDirectory}: ${stacks.map(({ name }) => name).join(', ')}`);
  say(`Simulating ${hours} h of the demo workload, seed ${seed}\n`);

  const declared = withHeartbeats(fleet);
  const simulation = simulationOf(declared, seed, hours);
  const arrivalsEnd = start + hours * 3600;
  const view = viewFor(simulation, once === true, { start, end: arrivalsEnd });
  let tally: DecisionTally;
  try {
    tally = await simulateLoop(declared, simulation, {
      arrivalsEnd,
      limit: arrivalsEnd + settleHours * 3600,
      onIteration: view.show,
    });
  } finally {
    view.end();
  }
  const summary = summarise(simulation);
  const lasted = simulation.clock.now() - start;
  process.stdout.write(describeRun({ seed, hours, lasted, summary, tally, fleet }));
}

function simulationOf(fleet: Fleet, seed: number, hours: number): Simulation {
  const span = { start, duration: hours * 3600 };
  const arrivals = new Map(
    fleet.pools.map(({ id }) => [id, generateWorkload(seed, id, span, demoWorkload)]),
  );
  return createSimulation({ fleet, seed, start, arrivals });
}

function viewFor(
  simulation: Simulation,
  quiet: boolean,
  span: { start: number; end: number },
): DemoView {
  if (quiet) return noView;
  return process.stdout.isTTY ? liveView(simulation, span) : progressLines(simulation, span);
}

const command = new Command('npm start --')
  .option('--seed <number>', 'the same seed gives the same run', wholeNumber(0, 2 ** 31), 7)
  .option('--hours <number>', 'virtual hours in which tasks arrive', wholeNumber(1, 168), 6)
  .option('--once', 'print the summary alone, as soon as it is known')
  .allowExcessArguments(false)
  .showHelpAfterError()
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
command.description(
  `Validates ./${config}, writes its Terraform to ./${terraformDirectory}, and runs the scaler on a ` +
    'simulated cloud with a demo workload.',
);

try {
  command.parse();
  await runDemo(command.opts<DemoOptions>());
} catch (error) {
  failWith(error);
}
