export AWS_DEFAULT_REGION=@REGION@
metadata=http://169.254.169.254/latest
imds_token=$(curl -sSf --retry 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' $metadata/api/token)
instance=$(curl -sSf -H "X-aws-ec2-metadata-token: $imds_token" $metadata/meta-data/instance-id)
