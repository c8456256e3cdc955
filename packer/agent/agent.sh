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
  drain_seconds=${MUSTER_DRAIN_SECONDS:-900}
  launching=${MUSTER_LAUNCH_HOOK:+true}
}

read_instance() {
  MUSTER_INSTANCE_ID=$("$here/metadata" meta-data/instance-id) &&
    MUSTER_INSTANCE_TYPE=$("$here/metadata" meta-data/instance-type) &&
    MUSTER_MARKET=$("$here/metadata" meta-data/instance-life-cycle) || return 1
  export MUSTER_INSTANCE_ID MUSTER_INSTANCE_TYPE MUSTER_MARKET AWS_DEFAULT_REGION=${AWS_REGION:-}
  capacity=${MUSTER_CAPACITY:-}
  local pair
  for pair in ${MUSTER_CAPACITIES:-}; do
    [ -n "$capacity" ] || [ "${pair%%=*}" != "$MUSTER_INSTANCE_TYPE" ] || capacity=${pair#*=}
  done
  [ -n "$capacity" ] || capacity=1
}

# Whoever debugs holds the worker by this file, for a day unless declared otherwise.
is_held() {
  held_seconds='' hold_over=false
  local touched
  # In one look: it may go at any moment.
  touched=$(stat -c %Y "$keep_running" 2> /dev/null) || return 1
  held_seconds=$((EPOCHSECONDS - touched))
  [ "$held_seconds" -ge 0 ] || held_seconds=0
  [ "$held_seconds" -ge "${MUSTER_KEEP_RUNNING_SECONDS:-86400}" ] || return 0
  held_seconds='' hold_over=true
  return 1
}

# The group ends what it holds for a hook when the hook's time is over, unless it is told to wait on.
extend_hold() {
  local hook seconds
  if [ "$ending" = true ]; then
    hook=${MUSTER_DRAIN_HOOK:-muster-drain} seconds=$drain_seconds
  elif [ "$launching" = true ]; then
    hook=$MUSTER_LAUNCH_HOOK seconds=${MUSTER_LAUNCH_SECONDS:-30}
  else
    return 0
  fi
  [ "$EPOCHSECONDS" -ge "$next_extension_at" ] || return 0
  next_extension_at=$((EPOCHSECONDS + seconds / 3))
  "$here/lifecycle-action" extend "$hook" || next_extension_at=$((EPOCHSECONDS + 5))
}

wait_while_held() {
  local told=''
  while is_held; do
    [ -n "$told" ] || say "held by $keep_running: not ended ($1)"
    told=yes
    # Unheard of, it would be ended as missing.
    busy=1 taking=false
    if [ -n "${MUSTER_INSTANCE_ID:-}" ]; then
      look_at_host_in_time
      extend_hold
      tell_scaler
    fi
    sleep "${MUSTER_TICK_SECONDS:-1}"
  done
  # Its owner hears that it was forgotten, which nobody can say once it has ended.
  if [ -n "$told" ] && [ "$hold_over" = true ] && [ -n "${MUSTER_INSTANCE_ID:-}" ]; then tell_scaler; fi
}

# A stopped instance is unhealthy to its group, which replaces it: no permission is needed, and no network.
end_instance() {
  wait_while_held "$1"
  say "ends this instance: $1"
  [ "$ending" != true ] || "$here/lifecycle-action" complete "${MUSTER_DRAIN_HOOK:-muster-drain}" CONTINUE
  systemctl poweroff
  exit 0
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
  [ "$launching" != true ] || "$here/lifecycle-action" complete "$MUSTER_LAUNCH_HOOK" ABANDON
  end_instance "$line"
}

boot() {
  local fault
  mkdir -p "$root/var/log/muster"
  wait_for_settings || fail_boot "no settings in $etc/worker.env: user data failed, or says nothing"
  read_instance || fail_boot 'the metadata service does not answer'
  if [ -e "$run/booted" ]; then
    launching=
    return 0
  fi
  # What went wrong to a variable, as the disk may be full; what went well is said as it is.
  if ! { fault=$("$here/boot" 2>&1 >&3); } 3>&1; then
    [ -n "$fault" ] && printf '%s\n' "$fault" >&2
    fault=${fault//$'\n'/'; '}
    # Its end says most; a console line is short.
    [ "${#fault}" -le 400 ] || fault=${fault: -400}
    fail_boot "$fault"
  fi
  : > "$run/booted"
  say "$MUSTER_INSTANCE_ID booted with $capacity slots"
  [ "$launching" != true ] || "$here/lifecycle-action" complete "$MUSTER_LAUNCH_HOOK" CONTINUE
  launching=
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
        if [ "$busy" -gt 0 ] && [ "$worked" = false ]; then worked=true worked_since=$EPOCHSECONDS; fi
      else
        busy=$capacity
      fi
      ;;
  esac
  [ "$busy" -le "$capacity" ] || busy=$capacity
  if [ "$worked" = true ] && [ "$busy" -eq 0 ] && [ "${MUSTER_SINGLE_USE:-false}" = true ]; then end_single_use; fi
  taking=true
  if [ "$stopping" = true ] || [ "$state" = inactive ] || [ "$state" = failed ]; then taking=false; fi
}

# A worker for one task has done it, whether or not its kind ends by itself. How long the task took is how long the
# worker was busy, where that is known of a task and not of what it leaves.
end_single_use() {
  local until=$EPOCHSECONDS
  worked=told
  if [ "$handed_back" -eq 0 ] && "$here/busy-slots" --of-task; then
    [ ! -e "$run/last-step" ] || until=$(stat -c %Y "$run/last-step")
    finished=$((until > worked_since ? until - worked_since : 0))
  fi
  finish 'single use'
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
  # Only EC2 does not wait for whoever debugs.
  [ "$noticed" = true ] || ! is_held || return 0
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

look_at_host_in_time() {
  [ "$EPOCHSECONDS" -ge "$next_look_at" ] || return 0
  next_look_at=$((EPOCHSECONDS + ${MUSTER_LOOK_SECONDS:-5}))
  look_at_host
}

look_at_host() {
  local notice time
  if notice=$("$here/metadata" meta-data/spot/instance-action); then
    time=$(date -d "$(jq -r .time <<< "$notice")" +%s 2> /dev/null) || time=$((EPOCHSECONDS + 60))
    # Room to hand back before the machine goes.
    [ "$noticed" = true ] || finish_within 'spot interruption' $((time - EPOCHSECONDS - 15))
    noticed=true
  fi
  if [ "$("$here/metadata" meta-data/autoscaling/target-lifecycle-state)" = Terminated ] && [ "$ending" = false ]; then
    ending=true next_extension_at=0
    finish_within 'the group ends this instance' $((drain_seconds - 15))
  fi
  if [ "$final" = false ] && "$here/metadata" meta-data/events/recommendations/rebalance > /dev/null; then
    finish 'rebalance recommendation'
  fi
}

# Words with the scaler

send_heartbeat() {
  local answer slots=$busy
  # Whoever holds it uses it: a busy worker is not chosen to end.
  ! is_held || [ "$slots" -gt 0 ] || slots=1
  if answer=$("$here/heartbeat" "$capacity" "$slots" "$taking" "$held_seconds" "$hold_over" "$finished" 2>&1); then
    [ "$reached" = true ] || say 'the scaler answers'
    reached=true heard_at=$EPOCHSECONDS finished=
    obey "$(jq -r '.drain == true' <<< "${answer##*$'\n'}")"
  else
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
  local word="$busy $taking $finished"
  ! is_held || word+=' held'
  word+=" $hold_over"
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

capacity=1 drain_seconds=900 launching='' held_seconds='' hold_over=false next_extension_at=0 heard_at=$EPOCHSECONDS
state='' busy=0 taking=false said='' finished='' worked_since=0 worked=false
stopping=false final=false ending=false noticed=false orphan=false reached=true
deadline=0 handed_back=0 next_word_at=0 next_look_at=0 next_company_at=0
boot
heard_at=$EPOCHSECONDS
orphan_after=${MUSTER_ORPHAN_AFTER_SECONDS:-1800}
company_seconds=$((orphan_after < 60 ? 1 : 30))
has_master=true
"$here/reach-master" --declared || has_master=false
while :; do
  look_at_host_in_time
  look_at_worker
  hand_back
  tell_scaler
  look_for_company
  if is_held; then
    extend_hold
  elif [ "$ending" = true ] && is_done; then
    # Its last word goes before: the instance ends within seconds.
    "$here/lifecycle-action" complete "${MUSTER_DRAIN_HOOK:-muster-drain}" CONTINUE && ending=complete
  fi
  [ "$orphan" = false ] || ! is_done || end_instance 'it is nobody'\''s worker'
  sleep "${MUSTER_TICK_SECONDS:-1}"
done
