#!/bin/bash
# Starts a GitHub Actions runner for one job.
set -euo pipefail

registration=/run/muster/registration/jit-config
# In the environment, which only this user can read, not on the command line, which all can.
ACTIONS_RUNNER_INPUT_JITCONFIG=$(cat "$registration")
export ACTIONS_RUNNER_INPUT_JITCONFIG
rm -f "$registration"
cd /opt/muster/runner
exec ./run.sh
