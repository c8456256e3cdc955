#!/bin/bash
# Starts a Gitea Actions runner that is registered.
set -euo pipefail

exec /usr/local/bin/act_runner daemon --config /etc/muster/act_runner.yaml
