#!/usr/bin/env bash
# Lets the workers finish, destroys every stack, and lists what Terraform did not know of. Images stay.
# Stop the scaler first, unless it is one of the stacks: it would go on asking for capacity.
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

npx muster synth --config "$config" --out "$out/terraform" | tee "$out/synth.txt"
sed -n 's/^  terraform -chdir=\(.*\) init$/\1/p' "$out/synth.txt" > "$out/stacks.txt"

destroy() {
  terraform -chdir="$1" init -no-color > "$1/init.log" || { cat "$1/init.log"; exit 1; }
  terraform -chdir="$1" destroy -no-color -auto-approve
}

scaler=$(stack_folders | grep -- '-scaler$' || true)
if [ -n "$scaler" ]; then destroy "$scaler"; fi
npx muster drain --all --config "$config" --yes
while read -r folder; do
  if [ "$folder" != "$scaler" ]; then destroy "$folder"; fi
done < <(stack_folders | tac)
npx muster cleanup --config "$config"
