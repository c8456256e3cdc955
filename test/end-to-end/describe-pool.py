"""Prints, as JSON, what stands in the account of the pool `linux` of the fleet `ci`, without ids.

What moto gives a made-up name or date is left out, as are tags that AWS or CloudFormation adds.
"""

import json
import re

import boto3

ec2 = boto3.client("ec2")
iam = boto3.client("iam")
auto_scaling = boto3.client("autoscaling")


def tags(items):
    return {tag["Key"]: tag["Value"] for tag in items if not tag["Key"].startswith("aws:")}


def group(item):
    kept = ["AutoScalingGroupName", "MinSize", "MaxSize", "DesiredCapacity", "MixedInstancesPolicy"]
    return {
        **{key: item[key] for key in kept + ["NewInstancesProtectedFromScaleIn"]},
        "subnets": sorted(item["VPCZoneIdentifier"].split(",")),
        "tags": tags(item["Tags"]),
        "propagated": sorted(tag["Key"] for tag in item["Tags"] if tag["PropagateAtLaunch"]),
    }


def template(item):
    latest = ec2.describe_launch_template_versions(
        LaunchTemplateId=item["LaunchTemplateId"], Versions=["$Latest"]
    )["LaunchTemplateVersions"][0]
    data = latest["LaunchTemplateData"]
    # moto shows a template's own tags among those of what it launches, where Terraform made it.
    tagged = {
        part["ResourceType"]: tags(part["Tags"])
        for part in data.pop("TagSpecifications")
        if part["ResourceType"] != "launch-template"
    }
    return {
        "name": item["LaunchTemplateName"],
        "tags": tags(item.get("Tags", [])),
        "data": data,
        "tagged": tagged,
    }


def security_group(item):
    return {
        "description": item["Description"],
        "vpc": item["VpcId"],
        "tags": tags(item.get("Tags", [])),
        # Not the way out: moto's CloudFormation gives every group its usual one.
        "in": item["IpPermissions"],
    }


def role(name):
    item = iam.get_role(RoleName=name)["Role"]
    policies = iam.list_role_policies(RoleName=name)["PolicyNames"]
    return {
        "path": item["Path"],
        "trust": item["AssumeRolePolicyDocument"],
        "tags": tags(item.get("Tags", [])),
        "policies": {
            each: iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"]
            for each in policies
        },
        "profiles": [
            [each["InstanceProfileName"], each["Path"]]
            for each in iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"]
        ],
    }


def scaler_policies():
    policies = iam.list_policies(Scope="Local")["Policies"]
    versions = [
        iam.get_policy_version(PolicyArn=each["Arn"], VersionId=each["DefaultVersionId"])
        for each in policies
    ]
    return [each["PolicyVersion"]["Document"] for each in versions]


def by(key, items):
    return sorted(items, key=lambda item: item[key])


groups = auto_scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
templates = ec2.describe_launch_templates()["LaunchTemplates"]
found = {
    "groups": [group(each) for each in by("AutoScalingGroupName", groups)],
    "templates": [template(each) for each in by("LaunchTemplateName", templates)],
    "securityGroups": [
        security_group(each)
        for each in ec2.describe_security_groups()["SecurityGroups"]
        if each["GroupName"] != "default"
    ],
    "role": role("ci_linux_worker"),
    "scaler": scaler_policies(),
    "logs": [
        [each["logGroupName"], each["retentionInDays"]]
        for each in boto3.client("logs").describe_log_groups()["logGroups"]
    ],
    "topics": [
        each["TopicArn"].rsplit(":", 1)[1] for each in boto3.client("sns").list_topics()["Topics"]
    ],
    "addresses": [tags(each["Tags"]) for each in ec2.describe_addresses()["Addresses"]],
}
text = json.dumps(found, sort_keys=True)
print(re.sub(r"\b(lt|sg)-[0-9a-f]{8,}\b", r"\1-id", text))
