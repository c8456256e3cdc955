#!/bin/bash
# Registers the worker by the document that AWS signed for its instance, unless that is done, takes its secret and
# has it deleted. Leaves the answers below /run/muster, for root alone.
#
# MUSTER_SCALER_URL  where the scaler listens
# MUSTER_REGISTER    true: register. user-data.json in /etc/muster: user data has done so
set -euo pipefail

here=$(dirname "$0")
root=${MUSTER_ROOT:-}
run=$root/run/muster
kept=$root/etc/muster/user-data.json
[ "${MUSTER_REGISTER:-false}" = true ] || [ -s "$kept" ] || exit 0
url=${MUSTER_SCALER_URL%/}
wait_seconds=${MUSTER_REGISTER_WAIT_SECONDS:-300}
umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

refuse() {
  printf 'worker data: %s\n' "$*" >&2
  exit 1
}

# Sends until the scaler answers for good. It knows of this instance from its next look at AWS on: 404 until then.
ask() {
  local expected=$1 again=$2 end=$((SECONDS + wait_seconds)) status
  shift 2
  while :; do
    status=$(curl -sS --max-time 20 -o "$work/answer" -w '%{http_code}' "$@" 2> "$work/fault") || true
    [ "$status" = "$expected" ] && return 0
    [[ $status =~ ^($again|429|5..|000)$ ]] && [ "$SECONDS" -lt "$end" ] || break
    sleep $((2 + RANDOM % 4))
  done
  refuse "$(head -c 300 "$work/fault") HTTP $status $(jq -r '.message? // empty' "$work/answer" 2> /dev/null || true)"
}
# The token stands in the path: from a file, as the command line is for all to read.
at() { printf 'url = "%s/v1/%s"\n' "$url" "$1"; }

if [ ! -s "$kept" ]; then
  for item in document signature; do
    "$here/metadata" "dynamic/instance-identity/$item" > "$work/$item" || refuse "there is no $item of the instance"
    # The signature is of the document as it is, without the line end that `metadata` adds.
    truncate -s -1 "$work/$item"
  done
  : > "$work/answer"
  ask 201 404 --data-urlencode "document@$work/document" --data-urlencode "signature@$work/signature" \
    "$url/v1/registrations"
  mv "$work/answer" "$kept"
fi

token=$(jq -re .securityToken "$kept") || refuse 'the registration holds no token'
ask 200 none --config <(at "secret/$token")
jq -e .data "$work/answer" > /dev/null || refuse 'the secret holds no data'
mkdir -p "$run/secrets"
# Names of files only: a name is no path.
jq -r '.data | to_entries[] | select((.value | type) == "string" and (.key | test("^[a-z0-9-]+$"))) | .key' \
  "$work/answer" | while read -r name; do
  jq -j --arg name "$name" '.data[$name]' "$work/answer" > "$run/secrets/$name"
  chmod 0400 "$run/secrets/$name"
done
cp "$work/answer" "$run/worker-secret.json"
# It opens nothing more; the scaler has dropped it when it was taken, and this makes sure.
curl -sS --max-time 20 -o "$work/gone" -X DELETE --config <(at "secret/$token") || true
curl -sS --max-time 20 -o "$work/gone" --config <(at "instance-started/$MUSTER_INSTANCE_ID/$token") || true
