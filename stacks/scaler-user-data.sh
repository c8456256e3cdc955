#!/bin/bash
# First boot of the scaler's instance, Amazon Linux 2023. The names between @ signs are filled in by
# scaler-user-data.ts. The program and its declaration come from the bucket, now and at each change.
set -euo pipefail

dnf install -y -q nodejs22 amazon-cloudwatch-agent logrotate
id muster > /dev/null 2>&1 || useradd --system --home-dir /var/lib/muster --shell /sbin/nologin muster
install -d -m 0755 /opt/muster /etc/muster

cat > /etc/muster/scaler.env <<'MUSTER_ENVIRONMENT'
@ENVIRONMENT@
MUSTER_ENVIRONMENT

cat > /opt/muster/update.sh <<'MUSTER_UPDATE'
@UPDATE@
MUSTER_UPDATE
cat > /opt/muster/run.sh <<'MUSTER_RUN'
@RUN@
MUSTER_RUN
cat > /opt/muster/address.sh <<'MUSTER_ADDRESS'
@ADDRESS@
MUSTER_ADDRESS
chmod 0755 /opt/muster/update.sh /opt/muster/run.sh /opt/muster/address.sh

cat > /etc/systemd/system/muster-scaler.service <<'MUSTER_UNIT'
@SCALER_UNIT@
MUSTER_UNIT
cat > /etc/systemd/system/muster-update.service <<'MUSTER_UNIT'
@UPDATE_UNIT@
MUSTER_UNIT
cat > /etc/systemd/system/muster-update.timer <<'MUSTER_UNIT'
@UPDATE_TIMER@
MUSTER_UNIT

cat > /etc/systemd/system/muster-address.service <<'MUSTER_UNIT'
@ADDRESS_UNIT@
MUSTER_UNIT
cat > /etc/systemd/system/muster-address.timer <<'MUSTER_UNIT'
@ADDRESS_TIMER@
MUSTER_UNIT

cat > /etc/logrotate.d/muster <<'MUSTER_ROTATE'
/var/log/muster/*.log {
    size 50M
    rotate 3
    copytruncate
    missingok
}
MUSTER_ROTATE

cat > /etc/muster/cloudwatch-agent.json <<'MUSTER_AGENT'
@LOG_AGENT@
MUSTER_AGENT
# Logs are of use, not of need: a scaler without them still works.
/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s \
  -c file:/etc/muster/cloudwatch-agent.json || true

systemctl daemon-reload
/opt/muster/update.sh
systemctl enable --now @UNITS@
