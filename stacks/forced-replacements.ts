/**
 * Attributes that AWS cannot change, by type: with another value Terraform destroys the resource and
 * makes a new one. The provider's schema does not tell (`terraform providers schema -json` has no such
 * field for these types); its documentation does, as "Forces new resource", and a test compares this
 * list with the `replace_paths` of a real plan: https://registry.terraform.io/providers/hashicorp/aws
 */
export const forcedReplacements: Readonly<Record<string, readonly string[]>> = {
  aws_autoscaling_group: ['name'],
  aws_autoscaling_lifecycle_hook: ['name'],
  aws_cloudwatch_log_group: ['name'],
  aws_default_security_group: ['vpc_id'],
  aws_ec2_tag: ['key', 'resource_id'],
  aws_eip: ['domain'],
  aws_iam_instance_profile: ['name', 'path'],
  aws_iam_policy: ['description', 'name', 'path'],
  aws_iam_role: ['name', 'path'],
  aws_iam_role_policy: ['name', 'role'],
  aws_internet_gateway: [],
  aws_launch_template: ['name'],
  aws_route_table: ['vpc_id'],
  aws_route_table_association: ['subnet_id'],
  aws_security_group: ['description', 'name', 'vpc_id'],
  aws_sns_topic: ['name'],
  aws_sns_topic_subscription: ['endpoint', 'protocol', 'topic_arn'],
  aws_sqs_queue: ['name'],
  aws_sqs_queue_policy: ['queue_url'],
  aws_subnet: ['availability_zone', 'cidr_block', 'vpc_id'],
  aws_vpc: ['cidr_block'],
  aws_vpc_endpoint: ['service_name', 'vpc_endpoint_type', 'vpc_id'],
};
