#!/bin/bash
# Starts a Concourse worker. Signal USR2 makes it finish its builds, retire and exit.
set -euo pipefail

export CONCOURSE_TSA_PUBLIC_KEY=$CREDENTIALS_DIRECTORY/tsa-host-key
export CONCOURSE_TSA_WORKER_PRIVATE_KEY=$CREDENTIALS_DIRECTORY/worker-key
export CONCOURSE_NAME=${CONCOURSE_NAME:-$MUSTER_INSTANCE_ID}
export CONCOURSE_WORK_DIR=${CONCOURSE_WORK_DIR:-/var/lib/muster/work/concourse}
export CONCOURSE_RUNTIME=${CONCOURSE_RUNTIME:-containerd}
# A worker that is gone does not come back under its name: Concourse forgets it at once.
export CONCOURSE_EPHEMERAL=true
if [ "$(stat -f -c %T /var/lib/muster)" = btrfs ]; then
  export CONCOURSE_BAGGAGECLAIM_DRIVER=${CONCOURSE_BAGGAGECLAIM_DRIVER:-btrfs}
else
  export CONCOURSE_BAGGAGECLAIM_DRIVER=${CONCOURSE_BAGGAGECLAIM_DRIVER:-overlay}
fi
mkdir -p "$CONCOURSE_WORK_DIR"
exec /opt/muster/concourse/bin/concourse worker
