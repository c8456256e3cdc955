import { buildkite } from './buildkite.ts';
import { keda } from './keda.ts';
import type { Peer } from './peer.ts';
import { runnerPerJob } from './runner-per-job.ts';
import { staticFleet } from './static-fleet.ts';
import { targetTracking } from './target-tracking.ts';
import { targetValue } from './target-value.ts';
import { taskclusterProvisioner, taskclusterProvisionerRandom } from './taskcluster-provisioner.ts';
import { workerManager } from './worker-manager.ts';

/** The field's policies, by their published formulas. */
export const peers: readonly Peer[] = [
  staticFleet,
  taskclusterProvisioner,
  taskclusterProvisionerRandom,
  workerManager,
  buildkite,
  runnerPerJob,
  keda,
  targetTracking,
  targetValue,
];
