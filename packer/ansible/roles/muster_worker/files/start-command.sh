#!/bin/bash
# Starts whatever command the pool declares. Signal TERM makes it finish and exit.
set -euo pipefail

exec /bin/sh -c "exec $MUSTER_COMMAND"
