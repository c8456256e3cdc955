#!/usr/bin/env bash
# Applies what was planned and approved, and nothing else.
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

while read -r folder; do
  if [ ! -f "$folder/plan.bin" ]; then
    echo "$(basename "$folder") has no plan yet: run the pipeline again" >&2
    exit 1
  fi
  # What runs the plan may be another machine than the one that planned.
  terraform -chdir="$folder" init -no-color > "$folder/init.log" || { cat "$folder/init.log"; exit 1; }
  terraform -chdir="$folder" apply -no-color plan.bin
  rm "$folder/plan.bin"
done < <(stack_folders)
