#!/bin/bash
# The image test passes, and sees what it must not pass. Runs in the machine.
set -euo pipefail

# Packer takes its key away before; the machine is still reached with it.
cp -a ~root/.ssh/authorized_keys ~root/.kept
trap 'mv -f ~root/.kept ~root/.ssh/authorized_keys' EXIT
rm ~root/.ssh/authorized_keys

/usr/lib/muster/check-image base
/usr/lib/muster/check-image worker

sees() {
  local what=$1
  if /usr/lib/muster/check-image worker > /tmp/faults 2>&1; then
    echo "check-image passes an image with: $what" >&2
    exit 1
  fi
  grep -q 'faults$' /tmp/faults
  grep 'image fault' /tmp/faults
}

cp ~root/.kept ~root/.ssh/authorized_keys
sees 'a key of the build'
rm ~root/.ssh/authorized_keys

home=/home/left; mkdir -p "$home"/.aws && echo "[default]" > "$home"/.aws/credentials
sees 'AWS credentials in a home'
rm -r /home/left

# In two parts, as this script is on the machine too.
printf 'export AWS_SESSION_TOKEN%s\n' =abc > /etc/profile.d/left.sh
sees 'AWS credentials in a file'
rm /etc/profile.d/left.sh

chmod 0777 /usr/lib/muster/start-worker
sees 'a script that anyone may write'
chmod 0755 /usr/lib/muster/start-worker

echo 'password hunter2' >> /etc/muster/secrets
sees 'a secret'
sed -i '$d' /etc/muster/secrets

systemd-run --quiet --unit=open-port python3 -m http.server 8123
for _ in $(seq 50); do ss -Hltn 'sport = :8123' | grep -q . && break; sleep 0.1; done
sees 'an open port'
systemctl stop open-port

sed -i 's/^ExecStart=/ExecStart=not-absolute/' /etc/systemd/system/muster-data-volume.service
sees 'a unit with a fault'
sed -i 's/^ExecStart=not-absolute/ExecStart=/' /etc/systemd/system/muster-data-volume.service

/usr/lib/muster/check-image worker
