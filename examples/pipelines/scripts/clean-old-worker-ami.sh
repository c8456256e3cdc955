#!/usr/bin/env bash
# Removes old images that nothing uses, in every region.
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

npx muster image clean --config "$config" --keep "${MUSTER_KEEP:-3}" --older-than "${MUSTER_OLDER_THAN:-30d}"
