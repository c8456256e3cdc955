#!/usr/bin/env bash
# Plans each stack, and writes what the fleet may cost. A stack that reads what an earlier one has yet to
# make has no plan: apply stops before it, and the pipeline is run again.
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

npx muster synth --config "$config" --out "$out/terraform" | tee "$out/synth.txt"
sed -n 's/^  terraform -chdir=\(.*\) init$/\1/p' "$out/synth.txt" > "$out/stacks.txt"

changed=""
while read -r folder; do
  name=$(basename "$folder")
  rm -f "$folder/plan.bin" "$folder/plan.txt"
  terraform -chdir="$folder" init -no-color > "$folder/init.log" || { cat "$folder/init.log"; exit 1; }
  code=0
  terraform -chdir="$folder" plan -no-color -detailed-exitcode -out=plan.bin > "$folder/plan.log" 2>&1 || code=$?
  case $code in
    0) echo "$name: no changes" ;;
    2) sed -n "s/^Plan: /$name: /p" "$folder/plan.log"; changed="$changed $name" ;;
    *)
      cat "$folder/plan.log"
      [ -n "$changed" ] || exit 1
      rm -f "$folder/plan.bin"
      echo "$name: no plan before$changed is applied; run the pipeline again after that"
      ;;
  esac
done < <(stack_folders) | tee "$out/plan.txt"

{
  npx muster cost --config "$config"
  printf '\n```\n'
  cat "$out/plan.txt"
  printf '```\n'
} > "$out/comment.md"
cat "$out/comment.md"
