#!/bin/bash
# Prints how many task slots of the worker are busy. MUSTER_BUSY_COMMAND knows better where it is set; exit code 1:
# it cannot tell, and the worker then counts as busy. With --of-task it prints nothing: exit code 0 where a slot is
# busy for as long as its task runs, so that the time of a task can be told.
set -uo pipefail

run=${MUSTER_ROOT:-}/run/muster
# A build between two steps has no process: the worker is idle only after so long without one.
quiet_seconds=${MUSTER_QUIET_SECONDS:-60}

processes() {
  local group
  group=$(systemctl show --property ControlGroup --value muster-worker.service)
  [ -n "$group" ] && find "${MUSTER_CGROUPS:-/sys/fs/cgroup}$group" -name cgroup.procs -exec cat {} + 2> /dev/null
}

# 1 while the worker's main process has others, and for a while after.
steps() {
  local main
  main=$(systemctl show --property MainPID --value muster-worker.service)
  if processes | grep -qvx "$main"; then
    touch "$run/last-step"
    echo 1
  elif [ -e "$run/last-step" ] && [ $((EPOCHSECONDS - $(stat -c %Y "$run/last-step"))) -lt "$quiet_seconds" ]; then
    echo 1
  else
    echo 0
  fi
}

if [ "${1:-}" = --of-task ]; then
  # A container of Concourse outlives its build, and a command may wait for its task.
  [ -n "${MUSTER_BUSY_COMMAND:-}" ] || [[ ${MUSTER_WORKER_KIND:-} =~ ^(github|buildbot|gitea)$ ]]
  exit
fi
if [ -n "${MUSTER_BUSY_COMMAND:-}" ]; then
  timeout 5 bash -c "$MUSTER_BUSY_COMMAND"
  exit
fi
case ${MUSTER_WORKER_KIND:-command} in
  # What Garden, the worker's own server, holds; a container stays for a while after its build.
  concourse) curl -fsS --max-time 5 "${MUSTER_GARDEN_URL:-http://127.0.0.1:7777}/containers" | jq -e '.Handles | length' ;;
  # The runner starts Runner.Worker for a job.
  github) processes | while read -r id; do cat "/proc/$id/comm" 2> /dev/null; done | grep -cx Runner.Worker || true ;;
  buildbot | gitea) steps ;;
  # Nobody knows what a command does.
  *) echo 1 ;;
esac
