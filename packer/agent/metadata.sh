#!/bin/bash
# Prints an item of the instance's metadata: metadata PATH, such as meta-data/instance-id. Exit code 4: there
# is no such item; 1: the metadata service does not answer.
set -uo pipefail

item=${1:?usage: metadata PATH}
base=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}
latest=${base%/}/latest
kept=${MUSTER_ROOT:-}/run/muster/metadata-token
ttl_seconds=300

new_token() {
  local token
  token=$(curl -fsS --max-time 5 --retry 3 --retry-connrefused --retry-delay 1 -X PUT \
    -H "X-aws-ec2-metadata-token-ttl-seconds: $ttl_seconds" "$latest/api/token") || return 1
  # What cannot be kept, as the disk is full, is asked for again.
  (umask 077 && mkdir -p "${kept%/*}" && printf '%s %s\n' "$EPOCHSECONDS" "$token" > "$kept") 2> /dev/null
  printf '%s' "$token"
}

token=
if [ -r "$kept" ]; then
  read -r made token < "$kept" || true
  [ $((EPOCHSECONDS - ${made:-0})) -lt $((ttl_seconds - 60)) ] || token=
fi
for _ in 1 2; do
  [ -n "$token" ] || token=$(new_token) || exit 1
  answer=$(curl -sS --max-time 5 -w '\n%{http_code}' -H "X-aws-ec2-metadata-token: $token" "$latest/$item") || exit 1
  case ${answer##*$'\n'} in
    200)
      printf '%s\n' "${answer%$'\n'*}"
      exit 0
      ;;
    404) exit 4 ;;
    401) token= ;;
    *) exit 1 ;;
  esac
done
exit 1
