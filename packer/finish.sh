#!/bin/bash
# Nothing of the build stays in the image: files, keys, identity, logs. Then the image test has its say.
#
# Usage: finish.sh BUILD_FOLDER LAYER
set -euo pipefail

folder=${1:?usage: finish.sh BUILD_FOLDER LAYER}
layer=${2:?usage: finish.sh BUILD_FOLDER LAYER}

check=$(mktemp)
trap 'rm -f "$check"' EXIT
cp "$folder/ansible/roles/muster_worker/files/check-image.sh" "$check"
rm -rf "$folder" ~root/.ansible ~root/.cache
# Packer's own scripts; this one is open and may go.
rm -f /tmp/script_*.sh /tmp/packer-shell*
if command -v dnf > /dev/null; then dnf clean all -q; else apt-get clean; fi
if command -v cloud-init > /dev/null; then cloud-init clean --logs; fi
rm -f /etc/ssh/ssh_host_*
for home in /root /home/*; do
  rm -f "$home/.ssh/authorized_keys" "$home/.bash_history"
done
truncate -s 0 /etc/machine-id
rm -f /var/lib/dbus/machine-id
find /var/log -type f -exec truncate -s 0 {} +

bash "$check" "$layer"
