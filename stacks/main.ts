/** What the cdktf CLI runs: writes the stacks of `MUSTER_CONFIG`, or of `./muster.yaml`. */
import { loadPinnedFleet } from '../pool/image-lock.ts';
import { fleetApp } from './app.ts';
import { defaultBundleFile } from './scaler-artifacts.ts';

try {
  const file = process.env.MUSTER_CONFIG ?? 'muster.yaml';
  const artifacts = { bundleFile: defaultBundleFile, declarationFile: file };
  fleetApp(loadPinnedFleet(file), undefined, artifacts).synth();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
