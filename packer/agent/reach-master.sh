#!/bin/bash
# Exit code 0: the worker's master or queue can be reached. With --declared: it is known where that is.
set -uo pipefail

declared=${1:-}
if [ -n "${MUSTER_MASTER_COMMAND:-}" ]; then
  [ "$declared" = --declared ] && exit 0
  timeout 10 bash -c "$MUSTER_MASTER_COMMAND" > /dev/null 2>&1
  exit
fi
address=
case ${MUSTER_WORKER_KIND:-} in
  concourse) address=${CONCOURSE_TSA_HOST:-} ;;
  buildbot) address=${MUSTER_BUILDBOT_MASTER:-} ;;
  github) address=${MUSTER_GITHUB_URL:-} ;;
  gitea) address=${MUSTER_GITEA_URL:-} ;;
esac
# Of several, the first.
address=${address%%,*}
[ -n "$address" ] || exit 1
[ "$declared" = --declared ] && exit 0
# shellcheck disable=SC2016 # The inner shell expands it.
case $address in
  http*) curl -sS --max-time 10 -o /dev/null "$address" 2> /dev/null ;;
  *) timeout 10 bash -c 'exec 3<> "/dev/tcp/$1/$2"' bash "${address%:*}" "${address##*:}" 2> /dev/null ;;
esac
