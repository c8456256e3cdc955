#!/bin/bash
# Sends a heartbeat to the scaler, and prints its answer:
#
#   heartbeat CAPACITY BUSY TAKING HELD_SECONDS HOLD_OVER FINISHED_SECONDS
#
# TAKING and HOLD_OVER are true or false; HELD_SECONDS and FINISHED_SECONDS a number, or nothing.
set -uo pipefail

parameter=${MUSTER_HEARTBEAT_TOKEN_PARAMETER:-}
kept=${MUSTER_ROOT:-}/run/muster/heartbeat-token

token=
if [ -s "$kept" ]; then
  token=$(cat "$kept")
elif [ -n "$parameter" ]; then
  token=$(timeout 30 aws ssm get-parameter --with-decryption --name "$parameter" --query Parameter.Value --output text)
  # What cannot be kept, as the disk is full, is asked for again.
  (umask 077 && mkdir -p "${kept%/*}" && printf '%s' "$token" > "$kept") 2> /dev/null
fi
# In a file, as the command line is for all to read.
authorization() { [ -z "$token" ] || printf 'header = "Authorization: Bearer %s"\n' "$token"; }

message=$(jq -cn --arg id "$MUSTER_INSTANCE_ID" --arg type "$MUSTER_INSTANCE_TYPE" --arg pool "${MUSTER_POOL:-}" \
  --argjson capacity "$1" --argjson busy "$2" --argjson taking "$3" \
  --argjson held "${4:-null}" --argjson over "$5" --argjson finished "${6:-null}" \
  '{instanceId: $id, instanceType: $type, capacity: $capacity, busySlots: $busy, taking: $taking}
    + if $pool == "" then {} else {pool: $pool} end
    + if $held == null then {} else {heldSeconds: $held} end
    + if $over then {holdOver: true} else {} end
    + if $finished == null then {} else {finished: [{durationSeconds: $finished}]} end')
curl -fsS --max-time 5 --config <(authorization) -H 'Content-Type: application/json' --data "$message" \
  "${MUSTER_SCALER_URL%/}/v1/heartbeats" || {
  # It may have been replaced.
  rm -f "$kept"
  exit 1
}
