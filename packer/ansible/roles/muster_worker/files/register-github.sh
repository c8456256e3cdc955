#!/bin/bash
# Registers a GitHub Actions runner for one job, just in time, and leaves its configuration to the worker.
# It runs as root: the token never reaches a job. A configuration that came with the secrets is taken as it is.
#
# MUSTER_GITHUB_URL       https://github.com/ORGANIZATION or https://github.com/OWNER/REPOSITORY
# MUSTER_GITHUB_API       where the API is; by default api.github.com, or /api/v3 of the URL's host
# MUSTER_RUNNER_LABELS    labels, with commas between
# MUSTER_RUNNER_GROUP_ID  1 by default
set -euo pipefail

secrets=/run/muster/secrets
registration=/run/muster/registration
install -d -m 0700 -o muster -g muster "$registration"

if [ -s "$secrets/jit-config" ]; then
  install -m 0400 -o muster -g muster "$secrets/jit-config" "$registration/jit-config"
  rm -f "$secrets/jit-config"
  exit 0
fi

url=${MUSTER_GITHUB_URL%/}
host=${url#*://}
path=${host#*/}
host=${host%%/*}
case "$path" in
  */*) scope=repos/$path ;;
  *) scope=orgs/$path ;;
esac
if [ "$host" = github.com ]; then api=https://api.github.com; else api=${url%%://*}://$host/api/v3; fi
api=${MUSTER_GITHUB_API:-$api}

request=$(jq -n --arg name "$MUSTER_INSTANCE_ID" --arg labels "$MUSTER_RUNNER_LABELS" \
  --argjson group "${MUSTER_RUNNER_GROUP_ID:-1}" \
  '{name: $name, runner_group_id: $group, labels: ($labels | split(",")), work_folder: "_work"}')
answer=$(printf 'header = "Authorization: Bearer %s"\n' "$(cat "$secrets/github-token")" |
  curl --config - --silent --show-error --fail --max-time 20 --retry 3 --retry-all-errors \
    --header 'Accept: application/vnd.github+json' --header 'X-GitHub-Api-Version: 2022-11-28' \
    --data "$request" "$api/$scope/actions/runners/generate-jitconfig")
rm -f "$secrets/github-token"
umask 077
jq --exit-status --raw-output .encoded_jit_config <<< "$answer" > "$registration/jit-config"
chown muster:muster "$registration/jit-config"
