"""Creates, updates or deletes a CloudFormation stack and waits for the end.

Usage: template-stack.py create|update|delete NAME [TEMPLATE [PARAMETER=VALUE...]]
Prints the stack's outputs as JSON; fails with the reason when the stack does.
"""

import json
import sys

import boto3

action, name, *rest = sys.argv[1:]
client = boto3.client("cloudformation")
if action == "delete":
    client.delete_stack(StackName=name)
    client.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    print("{}")
else:
    template, *values = rest
    getattr(client, f"{action}_stack")(
        StackName=name,
        TemplateBody=open(template, encoding="utf-8").read(),
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Parameters=[
            dict(zip(["ParameterKey", "ParameterValue"], value.split("=", 1))) for value in values
        ],
    )
    client.get_waiter(f"stack_{action}_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    stack = client.describe_stacks(StackName=name)["Stacks"][0]
    print(json.dumps({each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}))
