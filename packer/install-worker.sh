#!/bin/bash
# Installs the example worker on Amazon Linux 2023. Packer runs it to bake an image, and user data
# runs the same file on a stock image. It starts nothing: that waits for /etc/muster/worker.env.
#
# Usage: install-worker.sh WORKER_PY
set -euo pipefail

worker_source=${1:?usage: install-worker.sh WORKER_PY}

dnf install -y -q python3 python3-pip amazon-cloudwatch-agent logrotate
id muster >/dev/null 2>&1 || useradd --system --home-dir /var/lib/muster --shell /sbin/nologin muster

install -d -m 0755 /opt/muster /etc/muster
python3 -m venv /opt/muster/venv
/opt/muster/venv/bin/pip install --quiet --no-input --retries 5 --timeout 20 'boto3>=1.35,<2'
install -m 0644 "$worker_source" /opt/muster/worker.py

cat > /etc/systemd/system/muster-worker.service <<'UNIT'
[Unit]
Description=Muster worker
Wants=network-online.target
After=network-online.target
ConditionPathExists=/etc/muster/worker.env
StartLimitIntervalSec=0

[Service]
User=muster
EnvironmentFile=/etc/muster/worker.env
ExecStart=/opt/muster/venv/bin/python /opt/muster/worker.py
WorkingDirectory=/var/lib/muster
StateDirectory=muster
LogsDirectory=muster
StandardOutput=append:/var/log/muster/worker.log
StandardError=append:/var/log/muster/worker.log
Restart=on-failure
RestartSec=5
# Only the worker is told to stop: it lets its tasks finish.
KillMode=mixed
TimeoutStopSec=2h
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
PrivateTmp=yes
PrivateDevices=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
UMask=0077

[Install]
WantedBy=multi-user.target
UNIT

cat > /etc/logrotate.d/muster <<'ROTATE'
/var/log/muster/*.log {
    size 20M
    rotate 3
    copytruncate
    missingok
}
ROTATE

systemctl daemon-reload
