#!/bin/bash
# Boots the worker: volumes, data and secrets, settings, then its unit. Its last line on standard error says what
# went wrong.
set -euo pipefail

here=$(dirname "$0")
root=${MUSTER_ROOT:-}
run=$root/run/muster

refuse() {
  printf 'boot: %s\n' "$*" >&2
  exit 1
}

# Prints the value of a reference.
read_secret() {
  case $1 in
    ssm:*) timeout 30 aws ssm get-parameter --with-decryption --name "${1#ssm:}" --query Parameter.Value --output text ;;
    secretsmanager:*)
      timeout 30 aws secretsmanager get-secret-value --secret-id "${1#secretsmanager:}" --query SecretString --output text
      ;;
    *) return 2 ;;
  esac
}

write_secrets() {
  local name reference tries
  [ -r "$root/etc/muster/secrets" ] || return 0
  while read -r name reference; do
    [[ $name == '#'* || -z $name ]] && continue
    for tries in 1 2 3; do
      (umask 077 && read_secret "$reference" > "$run/secrets/$name.new") && break
      [ "$tries" -lt 3 ] || refuse "secret $name cannot be read from $reference"
      sleep $((tries * 2 + RANDOM % 2))
    done
    # The CLI ends its text with a line end, which is no part of the value.
    truncate -s -1 "$run/secrets/$name.new"
    chmod 0400 "$run/secrets/$name.new"
    mv "$run/secrets/$name.new" "$run/secrets/$name"
  done < "$root/etc/muster/secrets"
}

mkdir -p "$run"
install -d -m 0700 "$run/secrets"
"$here/mount-volumes"
"$here/worker-data"
write_secrets
{
  cat "$root/etc/muster/worker.env"
  printf 'MUSTER_INSTANCE_ID="%s"\nMUSTER_INSTANCE_TYPE="%s"\n' "$MUSTER_INSTANCE_ID" "$MUSTER_INSTANCE_TYPE"
} > "$run/worker.env.new" || refuse 'the settings cannot be written'
mv "$run/worker.env.new" "$run/worker.env"
systemctl start muster-worker.service || refuse 'muster-worker.service does not start'
