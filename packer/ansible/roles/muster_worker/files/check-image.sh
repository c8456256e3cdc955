#!/bin/bash
# Checks a worker image from within, before it is made: files, owners, units, ports, and that nothing of the
# build stays. Packer runs it last; it needs root. Exit code 1 with a line for each fault.
#
# check-image LAYER [METRICS_PORT]
set -uo pipefail

layer=${1:?usage: check-image base|worker [METRICS_PORT]}
metrics_port=${2:-9100}
faults=0
checks=0

check() {
  local what=$1
  shift
  checks=$((checks + 1))
  if ! "$@" > /dev/null 2>&1; then
    printf 'image fault: %s\n' "$what"
    faults=$((faults + 1))
  fi
}
owned() { [ "$(stat -c '%U:%G %a' "$2" 2> /dev/null)" = "$1" ]; }
absent() { [ ! -e "$1" ]; }
enabled() { [ "$(systemctl is-enabled "$1" 2> /dev/null)" = enabled ]; }
not_enabled() { ! enabled "$1"; }
listens() { ss -Hltn "sport = :$1" | grep -q .; }
# Addresses of loopback are for the machine itself; DHCP and time are no TCP.
only_ports() {
  local allowed=" $* " port
  while read -r port; do
    [[ $allowed == *" $port "* ]] || { printf 'image fault: port %s is open\n' "$port" >&2; return 1; }
  done < <(ss -Hltn | awk '{ print $4 }' | grep -Ev '^(127\.|\[::1\])' | sed 's/.*://' | sort -u)
}
# A home has no key of the build, no shell history and no cloud credentials.
clean_home() {
  local left
  for left in .ssh/authorized_keys .ssh/id_rsa .ssh/id_ed25519 .bash_history .aws .config/gcloud \
    .git-credentials .netrc .docker; do
    [ ! -s "$1/$left" ] || { printf '%s/%s\n' "$1" "$left"; return 1; }
  done
}
no_build_environment() {
  local found
  # Not every image has every folder: what grep thinks of that is no matter.
  found=$(grep -rIlE 'AWS_(SECRET_ACCESS_KEY|SESSION_TOKEN)=.+|aws_secret_access_key *=' \
    /etc /root /home /opt/muster /var/lib/cloud /var/tmp /tmp 2> /dev/null | grep -vE '/(site|dist)-packages/' || true)
  [ -z "$found" ]
}
only_references() { ! grep -vE '^(#|$)|^[a-z0-9-]+ (ssm|secretsmanager):[A-Za-z0-9_./+=@:-]+$' "$1"; }

check 'the metrics agent is not enabled' enabled telegraf.service
check 'the metrics agent does not run' systemctl is-active telegraf.service
check "nothing listens on port $metrics_port" listens "$metrics_port"
check "another port than 22 and $metrics_port is open" only_ports 22 "$metrics_port"
check 'the log shipper is enabled: it starts when there are settings' not_enabled fluent-bit.service
check 'logs are not shipped when there are settings' enabled muster-logs.path
check 'the log shipper has no configuration' test -s /etc/fluent-bit/muster.yaml
check '/var/log/muster is not of root, 755' owned 'root:root 755' /var/log/muster

if [ "$layer" = worker ]; then
  check 'user muster may log in' grep -qE '^muster:.*:/usr/s?bin/nologin$' /etc/passwd
  check '/var/lib/muster/work is not of muster, 755' owned 'muster:muster 755' /var/lib/muster/work
  check '/etc/muster/image.env is not of root, 644' owned 'root:root 644' /etc/muster/image.env
  check '/etc/muster/secrets is not of root, 644' owned 'root:root 644' /etc/muster/secrets
  check '/etc/muster/secrets holds more than references' only_references /etc/muster/secrets
  for script in data-volume start-worker check-image; do
    check "/usr/lib/muster/$script is not of root, 755" owned 'root:root 755' "/usr/lib/muster/$script"
  done
  for unit in muster-data-volume.service muster-worker.service; do
    check "$unit has a fault" systemd-analyze verify "/etc/systemd/system/$unit"
    check "$unit starts by itself" not_enabled "$unit"
  done
  check 'the worker runs in the image' test "$(systemctl is-active muster-worker.service)" != active
fi

check '/run/muster holds settings of a worker' absent /run/muster/worker.env
check '/run/muster holds secrets' absent /run/muster/secrets
check 'the folder of the build is left' absent /var/tmp/muster-build
check 'a file holds AWS credentials' no_build_environment
for home in /root /home/*; do
  [ -d "$home" ] && check "$home holds keys, history or credentials" clean_home "$home"
done

printf 'image: %s checks, %s faults\n' "$checks" "$faults"
[ "$faults" -eq 0 ]
