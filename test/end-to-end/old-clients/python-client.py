"""Calls the Python client: a JSON question a line on stdin, a JSON answer a line on stdout."""
import base64
import json
import sys

# The client is older than Python 3.9, which dropped this other name of the same function.
base64.encodestring = base64.encodebytes

import taskcluster  # noqa: E402
from taskcluster import exceptions  # noqa: E402


def client(question):
    options = {"baseUrl": question["url"] + "/v1", "maxRetries": 0}
    options["credentials"] = question["credentials"] or {}
    if "authorizedScopes" in question:
        options["authorizedScopes"] = question["authorizedScopes"]
    return taskcluster.AwsProvisioner(options)


def call(question):
    try:
        method = getattr(client(question), question["method"])
        return {"ok": True, "result": method(*question["parameters"])}
    except (exceptions.TaskclusterRestFailure, exceptions.TaskclusterAuthFailure) as error:
        body = error.body or {}
        code = body.get("code", "UnknownError")
        return {"ok": False, "status": error.status_code, "code": code, "body": body}


def answer(question):
    if question["do"] == "methods":
        return sorted(taskcluster.AwsProvisioner.funcinfo)
    if question["do"] == "call":
        return call(question)
    return client(question).buildSignedUrl(question["method"], *question["parameters"])


for line in sys.stdin:
    sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
    sys.stdout.flush()
