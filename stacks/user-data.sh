#!/bin/bash
# First boot of a worker. An image with the agent only gets its settings: the agent mounts volumes and
# starts the worker. A stock Amazon Linux 2023 gets the worker first. The names between @ signs are
# filled in by user-data.ts.
set -euo pipefail

install -d -m 0755 /etc/muster
cat > /etc/muster/worker.env <<'MUSTER_ENVIRONMENT'
@ENVIRONMENT@
MUSTER_ENVIRONMENT

@TAKE@

if [ ! -x /usr/lib/muster/agent ]; then
data=@DATA_DEVICE@
if [ -n "$data" ]; then
  for _ in $(seq 60); do
    [ -b "$data" ] && break
    sleep 1
  done
  # 2: nothing that blkid knows is on it. Any other failure ends the boot: the volume may hold data.
  blkid -p "$data" > /dev/null || { [ $? -eq 2 ]; mkfs.xfs -q "$data"; }
  install -d /var/lib/muster
  echo "UUID=$(blkid -s UUID -o value "$data") /var/lib/muster xfs defaults,nofail 0 2" >> /etc/fstab
  mount /var/lib/muster
fi

@INSTALL@

logs=/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl
if [ -x "$logs" ]; then
  cat > /etc/muster/cloudwatch-agent.json <<'LOGS'
@LOG_AGENT@
LOGS
  # Logs are of use, not of need: a worker without them still works.
  "$logs" -a fetch-config -m ec2 -s -c file:/etc/muster/cloudwatch-agent.json || true
fi

if [ -f /etc/systemd/system/muster-worker.service ]; then
  systemctl enable --now muster-worker.service
fi
fi
