#!/bin/bash
# Starts the scaler. The token is read here, so that it stands in no file and in no unit.
set -euo pipefail

if [ -n "${MUSTER_HEARTBEAT_TOKEN_PARAMETER:-}" ]; then
  MUSTER_HEARTBEAT_TOKEN="$(
    aws ssm get-parameter --name "$MUSTER_HEARTBEAT_TOKEN_PARAMETER" --with-decryption \
      --query Parameter.Value --output text
  )"
  export MUSTER_HEARTBEAT_TOKEN
fi
exec /usr/bin/env node /opt/muster/current/muster.mjs run \
  --config /opt/muster/current/muster.yaml \
  --store "dynamodb:$MUSTER_TABLE" \
  --state /var/lib/muster/state.json \
  --listen "$MUSTER_LISTEN"
