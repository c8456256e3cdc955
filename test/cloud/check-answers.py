"""Calls every operation that the simulated cloud serves, with boto3, and holds each answer against botocore's
model: no element or member that the model does not know, none missing that it requires, every value of its
type. Prints one line for each fault, and at the end the operations called, as JSON.

Usage: check-answers.py ENDPOINT
"""

import json
import re
import sys
import xml.etree.ElementTree as ElementTree

import boto3
from botocore.config import Config

faults = []
called = {}


def check(service, operation, body):
    called.setdefault(service.service_name, set()).add(operation.name)
    where = f"{service.service_name} {operation.name}"
    if service.metadata["protocol"] == "json":
        if operation.output_shape is not None:
            check_json(where, operation.output_shape, json.loads(body))
        return
    root = ElementTree.fromstring(body)
    if local(root) != f"{operation.name}Response":
        faults.append(f"{where}: root is {local(root)}")
    inside = {local(child): child for child in root}
    if service.metadata["protocol"] == "ec2":
        if inside.pop("requestId", None) is None:
            faults.append(f"{where}: no requestId")
        check_members(where, operation.output_shape, [child for child in root if local(child) != "requestId"], service)
        return
    if inside.get("ResponseMetadata") is None:
        faults.append(f"{where}: no ResponseMetadata")
    shape = operation.output_shape
    if shape is None:
        return
    wrapper = shape.serialization.get("resultWrapper")
    result = inside.get(wrapper)
    if result is None:
        faults.append(f"{where}: no {wrapper}")
    else:
        check_members(where, shape, list(result), service)


def check_members(where, shape, children, service):
    if shape is None:
        if children:
            faults.append(f"{where}: an answer where there is none")
        return
    known = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
    seen = set()
    for child in children:
        tag = local(child)
        if tag not in known:
            faults.append(f"{where}: {tag} is not known")
            continue
        if tag in seen:
            faults.append(f"{where}: {tag} is there twice")
        seen.add(tag)
        name, member = known[tag]
        check_value(f"{where}.{name}", member, child, service)
    for name in shape.required_members:
        if shape.members[name].serialization.get("name", name) not in seen:
            faults.append(f"{where}: {name} is missing")


def check_value(where, shape, element, service):
    kind = shape.type_name
    if kind == "structure":
        check_members(where, shape, list(element), service)
    elif kind == "list":
        tag = shape.member.serialization.get("name", "member")
        for index, item in enumerate(element):
            if local(item) != tag:
                faults.append(f"{where}: {local(item)} in place of {tag}")
            check_value(f"{where}[{index}]", shape.member, item, service)
    else:
        check_text(where, shape, element.text or "")


def check_json(where, shape, value):
    kind = shape.type_name
    if kind == "structure":
        for name, each in value.items():
            if name not in shape.members:
                faults.append(f"{where}: {name} is not known")
            else:
                check_json(f"{where}.{name}", shape.members[name], each)
        for name in shape.required_members:
            if name not in value:
                faults.append(f"{where}: {name} is missing")
    elif kind == "list":
        for each in value:
            check_json(where, shape.member, each)
    elif kind == "boolean":
        if not isinstance(value, bool):
            faults.append(f"{where}: {value!r} is no boolean")
    elif kind in ("integer", "long", "float", "double"):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            faults.append(f"{where}: {value!r} is no number")
    elif not isinstance(value, str):
        faults.append(f"{where}: {value!r} is no text")


patterns = {
    "boolean": r"true|false",
    "integer": r"-?\d+",
    "long": r"-?\d+",
    "float": r"-?\d+(\.\d+)?",
    "double": r"-?\d+(\.\d+)?",
    "timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
}


def check_text(where, shape, text):
    pattern = patterns.get(shape.type_name)
    if pattern is not None and not re.fullmatch(pattern, text):
        faults.append(f"{where}: {text!r} is no {shape.type_name}")
    allowed = getattr(shape, "enum", None)
    if allowed and text not in allowed:
        faults.append(f"{where}: {text!r} is none of {', '.join(allowed)[:100]}")


def local(element):
    return element.tag.rsplit("}", 1)[-1]


def client(name, endpoint, region="eu-west-1"):
    made = boto3.client(
        name,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 0}),
    )

    def after(http_response, parsed, model, **_):
        check(made.meta.service_model, model, http_response.content)

    made.meta.events.register(f"after-call.{made.meta.service_model.service_id.hyphenize()}", after)
    return made


def step(endpoint, seconds):
    import urllib.request

    body = json.dumps({"seconds": seconds}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/_muster/step", body, method="POST")).read()


def call_all(endpoint):
    ec2 = client("ec2", endpoint)
    groups = client("autoscaling", endpoint)
    tags = [{"Key": "team", "Value": "a & b <c>"}]
    template = ec2.create_launch_template(
        LaunchTemplateName="template",
        VersionDescription="first",
        LaunchTemplateData={
            "ImageId": "ami-0123456789abcdef0",
            "UserData": "IyEvYmluL3No",
            "IamInstanceProfile": {"Name": "profile"},
            "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
            "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 20, "Encrypted": True}}],
            "TagSpecifications": [{"ResourceType": "instance", "Tags": tags}],
        },
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": tags}],
    )["LaunchTemplate"]["LaunchTemplateId"]
    ec2.create_launch_template_version(
        LaunchTemplateId=template, SourceVersion="1", LaunchTemplateData={"ImageId": "ami-1123456789abcdef0"}
    )
    ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion="2")
    ec2.describe_launch_templates(LaunchTemplateIds=[template])
    ec2.describe_launch_template_versions(LaunchTemplateId=template)
    ec2.delete_launch_template_versions(LaunchTemplateId=template, Versions=["1", "7"])

    group = {"AutoScalingGroupName": "group"}
    hook = {"LifecycleHookName": "hook"}
    specification = {"LaunchTemplateId": template, "Version": "$Default"}
    groups.create_auto_scaling_group(
        **group,
        MinSize=0,
        MaxSize=10,
        AvailabilityZones=["eu-west-1a", "eu-west-1b"],
        MixedInstancesPolicy={
            "LaunchTemplate": {
                "LaunchTemplateSpecification": specification,
                "Overrides": [{"InstanceType": "c6i.large", "WeightedCapacity": "1"}],
            },
            "InstancesDistribution": {
                "OnDemandPercentageAboveBaseCapacity": 0,
                "SpotAllocationStrategy": "price-capacity-optimized",
                "SpotMaxPrice": "1.0",
            },
        },
        Tags=[{"Key": "team", "Value": "build", "PropagateAtLaunch": True}],
    )
    groups.put_lifecycle_hook(
        **group, **hook, LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING", HeartbeatTimeout=60
    )
    groups.describe_lifecycle_hooks(**group)
    groups.create_or_update_tags(
        Tags=[{"ResourceId": "group", "ResourceType": "auto-scaling-group", "Key": "k", "Value": "v", "PropagateAtLaunch": False}]
    )
    groups.describe_tags(Filters=[{"Name": "auto-scaling-group", "Values": ["group"]}])
    groups.delete_tags(Tags=[{"ResourceId": "group", "ResourceType": "auto-scaling-group", "Key": "k"}])
    groups.suspend_processes(**group, ScalingProcesses=["AZRebalance", "AlarmNotification"])
    groups.set_desired_capacity(**group, DesiredCapacity=3)
    step(endpoint, 60)
    groups.launch_instances(**group, RequestedCapacity=1, ClientToken="token", AvailabilityZones=["eu-west-1a"])
    described = groups.describe_auto_scaling_groups()["AutoScalingGroups"][0]
    ids = [instance["InstanceId"] for instance in described["Instances"]]
    assert len(ids) == 4, ids
    groups.describe_auto_scaling_instances()
    groups.set_instance_protection(**group, InstanceIds=ids[:1], ProtectedFromScaleIn=True)
    groups.set_instance_health(InstanceId=ids[0], HealthStatus="Healthy")
    groups.terminate_instance_in_auto_scaling_group(InstanceId=ids[1], ShouldDecrementDesiredCapacity=True)
    groups.record_lifecycle_action_heartbeat(**group, **hook, InstanceId=ids[1])
    groups.complete_lifecycle_action(**group, **hook, InstanceId=ids[1], LifecycleActionResult="CONTINUE")
    groups.describe_scaling_activities(**group)
    groups.describe_scaling_activities()
    groups.update_auto_scaling_group(**group, MaxSize=9)
    groups.resume_processes(**group)
    groups.describe_instance_refreshes(**group)
    groups.describe_warm_pool(**group)
    groups.describe_load_balancers(**group)
    groups.describe_load_balancer_target_groups(**group)
    groups.describe_traffic_sources(**group)
    groups.describe_account_limits()
    groups.delete_lifecycle_hook(**group, **hook)

    ec2.describe_instances(InstanceIds=ids)
    ec2.create_tags(Resources=ids[:1], Tags=tags)
    ec2.delete_tags(Resources=ids[:1], Tags=[{"Key": "team"}])
    ec2.describe_instance_status(IncludeAllInstances=True)
    ec2.describe_spot_instance_requests()
    ec2.describe_spot_price_history(InstanceTypes=["c6i.large"])
    ec2.describe_instance_types(MaxResults=20)
    ec2.describe_instance_type_offerings(LocationType="availability-zone")
    ec2.describe_availability_zones()
    ec2.terminate_instances(InstanceIds=ids[2:3])
    groups.delete_auto_scaling_group(**group, ForceDelete=True)
    ec2.describe_instances()
    ec2.delete_launch_template(LaunchTemplateId=template)

    client("pricing", endpoint, "us-east-1").get_products(
        ServiceCode="AmazonEC2", Filters=[{"Type": "TERM_MATCH", "Field": "instanceType", "Value": "c6i.large"}]
    )
    quotas = client("service-quotas", endpoint)
    quotas.get_service_quota(ServiceCode="ec2", QuotaCode="L-34B43A08")
    quotas.list_service_quotas(ServiceCode="ec2")


call_all(sys.argv[1])
for fault in dict.fromkeys(faults):
    print(fault)
print(json.dumps({name: sorted(operations) for name, operations in called.items()}))
