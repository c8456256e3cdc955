/** What the cdktf CLI runs: writes the stacks of `MUSTER_CONFIG`, or of `./muster.yaml`. */
import { loadFleet } from '../pool/load.ts';
import { fleetApp } from './app.ts';

try {
  fleetApp(loadFleet(process.env.MUSTER_CONFIG ?? 'muster.yaml')).synth();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
