"""Prints, as sorted JSON, what stands in the account that a deployment may leave behind."""

import json

import boto3


def listed(service, call, key, of, **parameters):
    pages = boto3.client(service).get_paginator(call).paginate(**parameters)
    return [f"{key} {of(item)}" for page in pages for item in page[key]]


def instances():
    alive = [{"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}]
    pages = boto3.client("ec2").get_paginator("describe_instances").paginate(Filters=alive)
    reservations = [reservation for page in pages for reservation in page["Reservations"]]
    return [f"Instances {i['InstanceId']}" for r in reservations for i in r["Instances"]]


print(json.dumps(sorted(
    instances()
    + listed("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups",
             lambda group: group["AutoScalingGroupName"])
    + listed("ec2", "describe_launch_templates", "LaunchTemplates",
             lambda template: template["LaunchTemplateName"])
    + listed("ec2", "describe_security_groups", "SecurityGroups",
             lambda group: f"{group['VpcId']} {group['GroupName']}")
    + listed("iam", "list_roles", "Roles", lambda role: role["RoleName"])
    + listed("iam", "list_instance_profiles", "InstanceProfiles",
             lambda profile: profile["InstanceProfileName"])
    + listed("iam", "list_policies", "Policies", lambda policy: policy["PolicyName"], Scope="Local")
    + listed("logs", "describe_log_groups", "logGroups", lambda group: group["logGroupName"])
    + listed("ec2", "describe_vpcs", "Vpcs", lambda vpc: vpc["VpcId"])
    + listed("ec2", "describe_subnets", "Subnets", lambda subnet: subnet["SubnetId"])
    + listed("ec2", "describe_route_tables", "RouteTables", lambda table: table["RouteTableId"])
    + listed("dynamodb", "list_tables", "TableNames", lambda name: name)
    + [f"Buckets {bucket['Name']}" for bucket in boto3.client("s3").list_buckets()["Buckets"]]
)))
