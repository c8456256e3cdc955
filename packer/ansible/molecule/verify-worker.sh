#!/bin/bash
# The worker's unit does what the agent relies on. Runs in the machine.
#
# Usage: verify-worker.sh KIND
set -euo pipefail

kind=$1
fail() { echo "$*" >&2; journalctl --no-pager -u muster-worker -n 20 >&2; tail -n 20 /var/log/muster/worker.log >&2; exit 1; }
until_true() {
  for _ in $(seq 150); do
    if "$@" > /dev/null 2>&1; then return 0; fi
    sleep 0.2
  done
  return 1
}

[ "$(systemctl is-enabled muster-agent.service)" = enabled ] || fail 'the agent is not enabled'
[ "$(systemctl is-enabled muster-agent-once.service)" = static ] || fail 'a unit that another starts is enabled'
[ -x /usr/lib/muster/agent ] || fail 'the agent has no script'

# At boot it is started, as it is enabled; this machine has not booted since.
systemctl start muster-logs.path

# Without settings there is no worker, and no logs are shipped.
systemctl start muster-worker.service
[ "$(systemctl is-active muster-worker.service)" = inactive ] || fail 'it runs without settings'
[ "$(systemctl is-active fluent-bit.service)" = inactive ] || fail 'logs are shipped without settings'

install -d -m 0700 /run/muster/secrets
printf 'test-password-41\n' > /run/muster/secrets/buildbot-password
chmod 0400 /run/muster/secrets/buildbot-password
cat > /run/muster/worker.env << 'SETTINGS'
AWS_REGION="eu-west-1"
MUSTER_FLEET="ci"
MUSTER_POOL="linux"
MUSTER_INSTANCE_ID="i-0123456789abcdef0"
SETTINGS
systemctl start muster-worker.service
[ "$(systemctl is-active muster-worker.service)" = active ] || fail 'it does not run'
until_true systemctl is-active fluent-bit.service || fail 'logs are not shipped'
mountpoint -q /var/lib/muster || fail 'it runs without its data volume'

process=$(systemctl show --property MainPID --value muster-worker.service)
[ "$(stat -c %U "/proc/$process")" = muster ] || fail 'it does not run as muster'
if [ "$kind" = buildbot ]; then
  # The password reaches the worker, and is on no command line and in no environment.
  until_true grep -q 'Starting Worker' /var/log/muster/worker.log || fail 'no Buildbot worker started'
  # From a file: the command line of grep is among those that it reads.
  if grep -aqsf /run/muster/secrets/buildbot-password /proc/*/cmdline "/proc/$process/environ" /var/log/muster/worker.log; then
    fail 'the password is to be seen'
  fi
else
  until_true curl --silent --fail http://127.0.0.1:8077/ || fail 'the command does not answer'
  if nsenter --target "$process" --mount touch /etc/written 2> /dev/null; then fail 'it may write to /etc'; fi
fi

systemctl stop muster-worker.service
systemctl show --property Result --value muster-worker.service | grep -q success || fail 'it did not end well'
systemctl stop muster-logs.path
rm -rf /run/muster
systemctl stop fluent-bit.service muster-data-volume.service
umount /var/lib/muster
