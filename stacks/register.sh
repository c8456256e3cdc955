# Shows the scaler who this instance is, by what AWS signs of it, and keeps what it answers: what the
# worker would have read in the user data of the Taskcluster provisioner, with its own token.
(
  imds=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}/latest
  kept=${MUSTER_USER_DATA:-/etc/muster/user-data.json}
  umask 077
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  ask="curl -fsS --retry 5 --max-time 20"
  token=$($ask -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' "$imds/api/token")
  for item in document signature; do
    $ask -H "X-aws-ec2-metadata-token: $token" -o "$work/$item" "$imds/dynamic/instance-identity/$item"
  done
  # The scaler knows of this instance from its next look at AWS on: until then the answer is 404.
  for _ in $(seq 60); do
    status=$(curl -sS --max-time 20 -o "$work/answer" -w '%{http_code}' \
      --data-urlencode "document@$work/document" --data-urlencode "signature@$work/signature" \
      '@URL@/v1/registrations') || true
    case $status in
      201)
        mv "$work/answer" "$kept"
        exit 0
        ;;
      404 | 429 | 5?? | 000) sleep 5 ;;
      *) break ;;
    esac
  done
  echo "not registered: $status $(cat "$work/answer")" >&2
  exit 1
) || echo 'this worker has no user data of its own' >&2
