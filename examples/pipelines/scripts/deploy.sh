#!/usr/bin/env bash
# Puts the images that were built into use; the previous ones come back if these fail.
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

options=(--timeout "${MUSTER_WATCH:-30m}")
if [ -n "${MUSTER_CANARY:-}" ]; then options+=(--canary "$MUSTER_CANARY"); fi
if [ -n "${MUSTER_SCALER:-}" ]; then options+=(--scaler "$MUSTER_SCALER"); fi
for pool in "${pools[@]}"; do
  npx muster image deploy "$pool" --config "$config" --manifest "$out/images" "${options[@]}"
done
