#!/bin/bash
# First boot of a worker. An image with the worker in it only gets its settings; a stock Amazon
# Linux 2023 gets the worker first. The names between @ signs are filled in by user-data.ts.
set -euo pipefail

install -d -m 0755 /etc/muster
cat > /etc/muster/worker.env <<'MUSTER_ENVIRONMENT'
@ENVIRONMENT@
MUSTER_ENVIRONMENT

data_device=@DATA_DEVICE@
if [ -n "$data_device" ]; then
  for _ in $(seq 60); do
    [ -b "$data_device" ] && break
    sleep 1
  done
  # 2: nothing that blkid knows is on it. Any other failure ends the boot: the volume may hold data.
  blkid -p "$data_device" > /dev/null || { [ $? -eq 2 ]; mkfs.xfs -q "$data_device"; }
  install -d /var/lib/muster
  echo "UUID=$(blkid -s UUID -o value "$data_device") /var/lib/muster xfs defaults,nofail 0 2" >> /etc/fstab
  mount /var/lib/muster
fi

@INSTALL@

agent=/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl
if [ -x "$agent" ]; then
  cat > /etc/muster/cloudwatch-agent.json <<'MUSTER_AGENT'
@LOG_AGENT@
MUSTER_AGENT
  # Logs are of use, not of need: a worker without them still works.
  "$agent" -a fetch-config -m ec2 -s -c file:/etc/muster/cloudwatch-agent.json || true
fi

if [ -f /etc/systemd/system/muster-worker.service ]; then
  systemctl enable --now muster-worker.service
fi
