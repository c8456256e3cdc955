#!/usr/bin/env bash
# Builds the image of each pool, in all of its regions.
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

if [ "${#pools[@]}" -eq 0 ]; then
  echo "MUSTER_POOLS names no pool: no image to build"
  exit 0
fi
read -ra options <<< "${MUSTER_BUILD_OPTIONS:-}"
npx muster image build "${pools[@]}" --config "$config" --out "$out/images" "${options[@]}"
