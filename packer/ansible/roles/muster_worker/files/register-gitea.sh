#!/bin/bash
# Registers a Gitea Actions runner and leaves what the runner needs to it. It runs as root: the token never
# reaches a job.
#
# MUSTER_GITEA_URL      the instance, such as https://git.example.com
# MUSTER_RUNNER_LABELS  labels, with commas between; each runs on the host unless it says :docker://IMAGE
# MUSTER_SINGLE_USE     true: Gitea forgets the runner after one job
set -euo pipefail

token=/run/muster/secrets/gitea-token
state=/var/lib/muster/work/.runner
[ -s "$state" ] && exit 0

url=${MUSTER_GITEA_URL%/}
labels=$(jq -cn --arg labels "$MUSTER_RUNNER_LABELS" '$labels | split(",") |
  map(if contains(":") then . else . + ":host" end)')
request=$(jq -n --arg name "$MUSTER_INSTANCE_ID" --rawfile token "$token" --argjson labels "$labels" \
  --argjson once "${MUSTER_SINGLE_USE:-false}" --arg version "$MUSTER_WORKER_VERSION" \
  '{name: $name, token: ($token | rtrimstr("\n")), version: $version, ephemeral: $once,
    labels: ($labels | map(split(":")[0]))}')
# From standard input: the command line is for all to read.
answer=$(printf '%s' "$request" |
  curl --silent --show-error --fail --max-time 20 --retry 3 --retry-all-errors \
    --header 'Content-Type: application/json' --data-binary @- \
    "$url/api/actions/runner.v1.RunnerService/Register")
rm -f "$token"
umask 077
jq --exit-status --arg address "$url" --argjson labels "$labels" --argjson once "${MUSTER_SINGLE_USE:-false}" \
  '.runner | select(.uuid and .token) | {id: (.id | tonumber), uuid, name, token, address: $address,
    labels: $labels, ephemeral: $once}' <<< "$answer" > "$state.new"
chown muster:muster "$state.new"
mv "$state.new" "$state"
