#!/bin/bash
# Has the name of the API stand for this instance while its scaler leads. Run every few seconds: it asks
# Route 53 for nothing while the leader stays. What fails is tried again at the next run.
set -euo pipefail

# shellcheck source=/dev/null
. /etc/muster/scaler.env
told=/run/muster-address/told
metrics="http://127.0.0.1:${MUSTER_LISTEN##*:}/metrics"
if ! curl --silent --fail --max-time 5 "$metrics" | grep -q '^muster_leader 1$'; then
  # Another one may lead now, and give the name its own address.
  rm -f "$told"
  exit 0
fi
[ -e "$told" ] && exit 0

imds="${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}/latest"
token="$(curl --silent --fail --max-time 5 -X PUT "$imds/api/token" \
  -H 'X-aws-ec2-metadata-token-ttl-seconds: 60')"
address="$(curl --silent --fail --max-time 5 -H "X-aws-ec2-metadata-token: $token" \
  "$imds/meta-data/local-ipv4")"
aws route53 change-resource-record-sets --hosted-zone-id "$MUSTER_ADDRESS_ZONE" --change-batch "{
  \"Changes\": [{\"Action\": \"UPSERT\", \"ResourceRecordSet\": {
    \"Name\": \"$MUSTER_ADDRESS_NAME\", \"Type\": \"A\", \"TTL\": 5,
    \"ResourceRecords\": [{\"Value\": \"$address\"}]
  }}]
}" > /dev/null
touch "$told"
