#!/bin/bash
# Starts a Buildbot worker. Signal HUP makes it tell its master to give it no more, and exit when it is idle.
set -euo pipefail

exec /opt/muster/buildbot/bin/twistd --nodaemon --pidfile= --logfile=- \
  --python=/opt/muster/buildbot/buildbot.tac
