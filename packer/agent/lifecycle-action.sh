#!/bin/bash
# Tells Auto Scaling of the lifecycle action for which it holds this instance:
#
#   lifecycle-action complete HOOK CONTINUE|ABANDON   it holds it no longer
#   lifecycle-action extend HOOK                      it holds it for another timeout of the hook
#
# AWS ends an action after 48 hours or 100 timeouts, however often it is extended.
set -uo pipefail

hook=${2:?usage: lifecycle-action complete HOOK RESULT, or lifecycle-action extend HOOK}
group=${MUSTER_ON_DEMAND_GROUP:-}
[ "${MUSTER_MARKET:-}" != spot ] || group=${MUSTER_SPOT_GROUP:-}
action=(--lifecycle-hook-name "$hook" --auto-scaling-group-name "$group" --instance-id "$MUSTER_INSTANCE_ID")
case $1 in
  complete)
    timeout 60 aws autoscaling complete-lifecycle-action "${action[@]}" --lifecycle-action-result "${3:?no result}"
    ;;
  extend) timeout 60 aws autoscaling record-lifecycle-action-heartbeat "${action[@]}" ;;
  *) exit 2 ;;
esac || {
  printf 'lifecycle action: could not %s that of %s\n' "$1" "$hook" >&2
  exit 1
}
