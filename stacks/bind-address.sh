# Takes a free Elastic IP of the pool, which comes free again when this instance ends. Without one the
# worker does not start: the scaler then takes the launch for failed.
bind_address() {
  for _ in $(seq 30); do
    for address in $(aws ec2 describe-addresses --filters 'Name=tag:@TAG@,Values=@USER@' --query 'Addresses[?!AssociationId].AllocationId' --output text); do
      # Another worker may have been quicker.
      aws ec2 associate-address --no-allow-reassociation --allocation-id "$address" --instance-id "$instance" > /dev/null && return
    done
    sleep 10
  done
  echo 'no Elastic IP is free' >&2
  return 1
}
bind_address
