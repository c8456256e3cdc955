#!/bin/bash
# Boots the worker, tells the scaler how busy it is, and sees to it that it ends in good order. Runs as root for
# as long as the instance does; docs/worker-agent.md lists its settings.
set -uo pipefail

here=$(dirname "$0")
root=${MUSTER_ROOT:-}
etc=$root/etc/muster
run=$root/run/muster
keep_running=$root/var/tmp/keeprunning
unit=muster-worker.service

say() { printf 'agent: %s\n' "$*" >&2; }

# A settings file, as systemd reads it: NAME="value" with \ before \ and ".
load() {
  local line
  while IFS= read -r line; do
    [[ $line =~ ^([A-Za-z_][A-Za-z0-9_]*)=\"(.*)\"$ ]] || continue
    # shellcheck disable=SC2001 # Bash replaces no part of what it finds.
    export "${BASH_REMATCH[1]}=$(sed 's/\\\(.\)/\1/g' <<< "${BASH_REMATCH[2]}")"
  done < "$1"
}

# User data writes the settings, and installs or mounts what it declares before it ends.
wait_for_settings() {
  local end=$((SECONDS + ${MUSTER_SETTINGS_WAIT_SECONDS:-600}))
  [ -n "$root" ] || ! command -v cloud-init > /dev/null || timeout 900 cloud-init status --wait > /dev/null 2>&1
  until [ -s "$etc/worker.env" ]; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 1
  done
  [ ! -r "$etc/image.env" ] || load "$etc/image.env"
  load "$etc/worker.env"
}

read_instance() {
  MUSTER_INSTANCE_ID=$("$here/metadata" meta-data/instance-id) &&
    MUSTER_INSTANCE_TYPE=$("$here/metadata" meta-data/instance-type) &&
    market=$("$here/metadata" meta-data/instance-life-cycle) || return 1
  export MUSTER_INSTANCE_ID MUSTER_INSTANCE_TYPE AWS_DEFAULT_REGION=${AWS_REGION:-}
  capacity=${MUSTER_CAPACITY:-}
  local pair
  for pair in ${MUSTER_CAPACITIES:-}; do
    [ -n "$capacity" ] || [ "${pair%%=*}" != "$MUSTER_INSTANCE_TYPE" ] || capacity=${pair#*=}
  done
  [ -n "$capacity" ] || capacity=1
}

# Whoever debugs holds the worker by this file, for a day unless declared otherwise.
is_held() {
  [ -e "$keep_running" ] || return 1
  held_seconds=$((EPOCHSECONDS - $(stat -c %Y "$keep_running")))
  [ "$held_seconds" -ge 0 ] || held_seconds=0
  [ "$held_seconds" -lt "${MUSTER_KEEP_RUNNING_SECONDS:-86400}" ]
}

wait_while_held() {
  local told=''
  while is_held; do
    [ -n "$told" ] || say "held by $keep_running: not ended ($1)"
    told=yes
    # Unheard of, it would be ended as missing.
    busy=1 taking=false
    [ -z "${MUSTER_INSTANCE_ID:-}" ] || tell_scaler
    sleep "${MUSTER_TICK_SECONDS:-1}"
  done
}

# A stopped instance is unhealthy to its group, which replaces it: no permission is needed, and no network.
end_instance() {
  wait_while_held "$1"
  say "ends this instance: $1"
  systemctl poweroff
  exit 0
}

complete_action() {
  local hook=$1 result=$2 group=${MUSTER_ON_DEMAND_GROUP:-}
  [ "$market" != spot ] || group=${MUSTER_SPOT_GROUP:-}
  timeout 60 aws autoscaling complete-lifecycle-action --lifecycle-hook-name "$hook" --auto-scaling-group-name "$group" \
    --instance-id "$MUSTER_INSTANCE_ID" --lifecycle-action-result "$result" || {
    say "the lifecycle action of $hook could not be completed"
    return 1
  }
}

# The scaler never hears from it, unless it is held: it counts the boot as failed when the instance ends. The unit
# sends what is said to the journal and the console, whose output EC2 keeps.
fail_boot() {
  local line
  line="boot failed: $1"
  say "$line"
  printf '%(%FT%TZ)T %s\n' -1 "$line" >> "$root/var/log/muster/agent.log"
  sleep "${MUSTER_FAILURE_SECONDS:-180}"
  wait_while_held "$line"
  [ -z "${MUSTER_LAUNCH_HOOK:-}" ] || complete_action "$MUSTER_LAUNCH_HOOK" ABANDON
  end_instance "$line"
}

boot() {
  local fault
  mkdir -p "$root/var/log/muster"
  wait_for_settings || fail_boot "no settings in $etc/worker.env: user data failed, or says nothing"
  read_instance || fail_boot 'the metadata service does not answer'
  [ ! -e "$run/booted" ] || return 0
  # To a variable: the disk may be full.
  if ! fault=$("$here/boot" 2>&1); then
    [ -n "$fault" ] && printf '%s\n' "$fault" >&2
    fault=${fault//$'\n'/'; '}
    # Its end says most; a console line is short.
    [ "${#fault}" -le 400 ] || fault=${fault: -400}
    fail_boot "$fault"
  fi
  : > "$run/booted"
  say "$MUSTER_INSTANCE_ID booted with $capacity slots"
  [ -z "${MUSTER_LAUNCH_HOOK:-}" ] || complete_action "$MUSTER_LAUNCH_HOOK" CONTINUE
}

# What the worker does

unit_state() { systemctl show --property ActiveState --value "$unit"; }

# Sets state, busy and taking. What cannot be told is busy.
look_at_worker() {
  state=$(unit_state)
  case $state in
    inactive | failed) busy=0 ;;
    *)
      if busy=$("$here/busy-slots" 2> /dev/null) && [[ $busy =~ ^[0-9]+$ ]]; then
        [ "$busy" -eq 0 ] || worked=true
      else
        busy=$capacity
      fi
      ;;
  esac
  [ "$busy" -le "$capacity" ] || busy=$capacity
  # A worker for one task whose kind does not end by itself has done it.
  if [ "$worked" = true ] && [ "$busy" -eq 0 ] && [ "${MUSTER_SINGLE_USE:-false}" = true ]; then finish 'single use'; fi
  taking=true
  if [ "$stopping" = true ] || [ "$state" = inactive ] || [ "$state" = failed ]; then taking=false; fi
}

# Its signal makes the worker take no more and end when it is done; systemd may wait for it, this does not.
stop_taking() {
  [ "$stopping" = false ] || return 0
  stopping=true
  say "takes no more: $1"
  systemctl stop --no-block "$unit"
}

# For good, and without a limit of time.
finish() {
  final=true
  stop_taking "$1"
}

# Within so many seconds. An earlier limit stays.
finish_within() {
  local at=$((EPOCHSECONDS + $2))
  [ "$deadline" -gt 0 ] && [ "$deadline" -le "$at" ] || deadline=$at
  finish "$1"
}

is_done() { [ "$stopping" = true ] && [ "$busy" -eq 0 ] && [[ $state == inactive || $state == failed ]]; }

# Hands back what is not done: the master or queue sees its worker go and gives the task to another one.
hand_back() {
  [ "$deadline" -gt 0 ] && [ "$EPOCHSECONDS" -ge "$deadline" ] && ! is_done || return 0
  if [ "$handed_back" -eq 0 ]; then
    handed_back=$EPOCHSECONDS
    say "hands back $busy busy slots"
    [ -z "${MUSTER_HAND_BACK_COMMAND:-}" ] || timeout 5 bash -c "$MUSTER_HAND_BACK_COMMAND"
    systemctl kill --signal=SIGTERM "$unit"
  elif [ $((EPOCHSECONDS - handed_back)) -ge 3 ]; then
    systemctl kill --signal=SIGKILL "$unit"
  fi
}

# What EC2 and Auto Scaling say

look_at_host() {
  local notice time
  if notice=$("$here/metadata" meta-data/spot/instance-action); then
    time=$(date -d "$(jq -r .time <<< "$notice")" +%s 2> /dev/null) || time=$((EPOCHSECONDS + 60))
    # Room to hand back before the machine goes.
    [ "$noticed" = true ] || finish_within 'spot interruption' $((time - EPOCHSECONDS - 15))
    noticed=true
  fi
  if [ "$("$here/metadata" meta-data/autoscaling/target-lifecycle-state)" = Terminated ] && [ "$ending" = false ]; then
    ending=true
    finish_within 'the group ends this instance' $((drain_seconds - 15))
  fi
  if [ "$final" = false ] && "$here/metadata" meta-data/events/recommendations/rebalance > /dev/null; then
    finish 'rebalance recommendation'
  fi
}

# Words with the scaler

read_token() {
  [ -z "${MUSTER_HEARTBEAT_TOKEN_PARAMETER:-}" ] || [ -n "$token" ] || token=$(timeout 30 aws ssm get-parameter \
    --with-decryption --name "$MUSTER_HEARTBEAT_TOKEN_PARAMETER" --query Parameter.Value --output text)
}

# In a file, as the command line is for all to read.
authorization() { [ -z "$token" ] || printf 'header = "Authorization: Bearer %s"\n' "$token"; }

send_heartbeat() {
  local body answer held=null slots=$busy
  read_token
  # Whoever holds it uses it: a busy worker is not chosen to end.
  if is_held; then
    held=$held_seconds
    [ "$slots" -gt 0 ] || slots=1
  fi
  body=$(jq -cn --arg id "$MUSTER_INSTANCE_ID" --arg type "$MUSTER_INSTANCE_TYPE" --arg pool "${MUSTER_POOL:-}" \
    --argjson capacity "$capacity" --argjson busy "$slots" --argjson taking "$taking" --argjson held "$held" \
    '{instanceId: $id, instanceType: $type, capacity: $capacity, busySlots: $busy, taking: $taking}
      + if $pool == "" then {} else {pool: $pool} end + if $held == null then {} else {heldSeconds: $held} end')
  if answer=$(curl -fsS --max-time 5 --config <(authorization) -H 'Content-Type: application/json' \
    --data "$body" "${MUSTER_SCALER_URL%/}/v1/heartbeats" 2>&1); then
    [ "$reached" = true ] || say 'the scaler answers'
    reached=true
    heard_at=$EPOCHSECONDS
    obey "$(jq -r '.drain == true' <<< "$answer")"
  else
    # It may have been replaced.
    token=
    [ "$reached" = false ] || say "heartbeat failed: $answer"
    reached=false
  fi
}

# The scaler may take its word back, as long as nothing else ends the worker.
obey() {
  if [ "$1" = true ]; then
    stop_taking 'the scaler asks'
  elif [ "$stopping" = true ] && [ "$final" = false ] && is_done; then
    say 'takes tasks again'
    stopping=false
    systemctl start "$unit"
  fi
}

tell_scaler() {
  [ -n "${MUSTER_SCALER_URL:-}" ] || return 0
  local word="$busy $taking" held=no
  ! is_held || held=yes
  word+=" $held"
  if [ "$word" != "$said" ] && [ "$reached" = true ] || [ "$EPOCHSECONDS" -ge "$next_word_at" ]; then
    said=$word
    # Not all workers in the same second.
    next_word_at=$((EPOCHSECONDS + ${MUSTER_HEARTBEAT_INTERVAL_SECONDS:-10} - RANDOM % 2))
    send_heartbeat
  fi
}

# Orphans

look_for_company() {
  # With nobody to reach it cannot be told.
  [ -n "${MUSTER_SCALER_URL:-}" ] || [ "$has_master" = true ] || return 0
  local silent=$((EPOCHSECONDS - heard_at))
  [ "$orphan" = false ] && [ "$silent" -ge "$company_seconds" ] && [ "$EPOCHSECONDS" -ge "$next_company_at" ] || return 0
  next_company_at=$((EPOCHSECONDS + company_seconds))
  if "$here/reach-master"; then
    heard_at=$EPOCHSECONDS
  elif [ "$silent" -ge "$orphan_after" ]; then
    orphan=true
    finish_within "reached nobody for $silent s" "$drain_seconds"
  fi
}

market='' capacity=1 held_seconds=0 heard_at=$EPOCHSECONDS state='' busy=0 taking=false said='' token=''
stopping=false final=false ending=false noticed=false orphan=false worked=false reached=true
deadline=0 handed_back=0 next_word_at=0 next_look_at=0 next_company_at=0
boot
heard_at=$EPOCHSECONDS
drain_seconds=${MUSTER_DRAIN_SECONDS:-900}
orphan_after=${MUSTER_ORPHAN_AFTER_SECONDS:-1800}
company_seconds=$((orphan_after < 60 ? 1 : 30))
has_master=true
"$here/reach-master" --declared || has_master=false
while :; do
  if [ "$EPOCHSECONDS" -ge "$next_look_at" ]; then
    next_look_at=$((EPOCHSECONDS + ${MUSTER_LOOK_SECONDS:-5}))
    look_at_host
  fi
  look_at_worker
  hand_back
  tell_scaler
  look_for_company
  if [ "$ending" = true ] && is_done && ! is_held; then
    # Its last word goes before: the instance ends within seconds.
    complete_action "${MUSTER_DRAIN_HOOK:-muster-drain}" CONTINUE && ending=complete
  fi
  [ "$orphan" = false ] || ! is_done || end_instance 'it is nobody'\''s worker'
  sleep "${MUSTER_TICK_SECONDS:-1}"
done
