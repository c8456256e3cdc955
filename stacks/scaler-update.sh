#!/bin/bash
# Brings program and declaration to what the bucket holds. A pair that does not pass is not taken:
# what runs goes on, and this fails, which the journal keeps.
set -euo pipefail

# shellcheck source=/dev/null
. /etc/muster/scaler.env
current=/opt/muster/current
wanted="$(
  for object in muster.mjs muster.yaml; do
    aws s3api head-object --bucket "$MUSTER_BUCKET" --key "$object" --query VersionId --output text
  done | sha256sum | cut -c1-16
)"
[ "$(readlink "$current" 2> /dev/null || true)" = "/opt/muster/$wanted" ] && exit 0

fresh="$(mktemp -d /opt/muster/fresh.XXXXXX)"
trap 'rm -rf "$fresh"' EXIT
for object in muster.mjs muster.yaml; do
  aws s3 cp --only-show-errors "s3://$MUSTER_BUCKET/$object" "$fresh/$object"
done
/usr/bin/env node "$fresh/muster.mjs" validate "$fresh/muster.yaml"

chmod 0755 "$fresh"
rm -rf "/opt/muster/$wanted"
mv "$fresh" "/opt/muster/$wanted"
ln -sfn "/opt/muster/$wanted" "$current.new"
mv -T "$current.new" "$current"
find /opt/muster -mindepth 1 -maxdepth 1 -type d ! -name "$wanted" -exec rm -rf {} +
# Nothing to do at the first boot, when the service is not running yet.
systemctl try-restart muster-scaler.service
