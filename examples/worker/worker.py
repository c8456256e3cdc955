"""Example worker: takes tasks from an SQS queue, works, and tells the scaler how busy it is.

Python 3.9 or newer, boto3 and nothing else. README.md beside this file lists the settings.
"""
import collections
import json
import logging
import os
import shlex
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

import boto3
from botocore.config import Config

log = logging.getLogger("worker")
env = os.environ.get
CALL = Config(
    connect_timeout=5, read_timeout=25, retries={"mode": "standard", "total_max_attempts": 5}
)
HOST_CHECK_SECONDS = 5


def setting(name, default=None):
    value = env(name) or default
    if value is None:
        raise SystemExit(f"worker: {name} is not set")
    return value


class Metadata:
    """The instance's own facts, from the environment or from IMDSv2."""

    def __init__(self):
        self.base = setting("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://169.254.169.254").rstrip("/")
        self.token, self.token_until = None, 0.0
        # Told who it is, it does not ask: a test or a container has no metadata service.
        self.available = not env("MUSTER_INSTANCE_ID")

    def get(self, path):
        """The text at a path; None where there is none."""
        if not self.available:
            return None
        if time.monotonic() > self.token_until:
            headers = {"X-aws-ec2-metadata-token-ttl-seconds": "300"}
            self.token = self.call("PUT", "api/token", headers)
            self.token_until = time.monotonic() + 240
        try:
            return self.call("GET", "meta-data/" + path, {"X-aws-ec2-metadata-token": self.token})
        except urllib.error.HTTPError as error:
            if error.code == 401:
                self.token_until = 0.0
            if error.code == 404:
                return None
            raise

    def call(self, method, path, headers):
        request = urllib.request.Request(f"{self.base}/latest/{path}", method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=2) as response:
            return response.read().decode()


class Worker:
    def __init__(self):
        self.metadata = Metadata()
        self.instance_id = env("MUSTER_INSTANCE_ID") or self.metadata.get("instance-id")
        self.instance_type = env("MUSTER_INSTANCE_TYPE") or self.metadata.get("instance-type")
        self.capacity = self.find_capacity()
        self.queue_url = setting("MUSTER_QUEUE_URL")
        region = env("MUSTER_QUEUE_REGION") or env("AWS_REGION")
        self.sqs = boto3.client("sqs", region_name=region, config=CALL)
        self.poll = min(20, max(0, int(setting("MUSTER_POLL_SECONDS", "10"))))
        self.command = shlex.split(env("MUSTER_TASK_COMMAND", ""))
        self.task_timeout = float(setting("MUSTER_TASK_TIMEOUT_SECONDS", "3600"))
        self.visibility = max(10, int(setting("MUSTER_VISIBILITY_SECONDS", "60")))
        self.drain_seconds = float(setting("MUSTER_DRAIN_SECONDS", "900"))
        self.changed = threading.Condition()
        # All below: only with `changed` held.
        self.running = {}  # receipt handle -> message id
        self.receiving = False
        self.asked_to_drain = False  # the scaler may take it back
        self.ending_since = None  # the host's or a person's word is final
        self.exit_when_done = False
        self.finished = collections.deque(maxlen=1000)
        self.version = self.said_version = 0

    def find_capacity(self):
        if env("MUSTER_CAPACITY"):
            return int(env("MUSTER_CAPACITY"))
        pairs = dict(pair.split("=") for pair in env("MUSTER_CAPACITIES", "").split())
        if self.instance_type not in pairs:
            raise SystemExit(f"worker: no capacity for {self.instance_type}: set MUSTER_CAPACITY")
        return int(pairs[self.instance_type])

    # State

    def change(self):
        self.version += 1
        self.changed.notify_all()

    def draining(self):
        return self.asked_to_drain or self.ending_since is not None

    def done(self):
        late = self.ending_since and time.monotonic() - self.ending_since > self.drain_seconds
        return self.draining() and not self.receiving and (not self.running or bool(late))

    def end(self, why, leave):
        with self.changed:
            if self.ending_since is None:
                log.info("draining: %s", why)
                self.ending_since = time.monotonic()
            self.exit_when_done = self.exit_when_done or leave
            self.change()

    # Tasks

    def take_tasks(self):
        """Until told to leave; a call that fails is no reason to."""
        while True:
            with self.changed:
                while self.draining() or len(self.running) >= self.capacity:
                    if self.exit_when_done and self.done():
                        return
                    self.changed.wait(1)
                free = self.capacity - len(self.running)
                self.receiving = True
            messages = self.receive(min(free, 10))
            with self.changed:
                # In one step: there is no moment at which a task is neither coming nor counted.
                self.receiving = False
                for message in messages:
                    self.running[message["ReceiptHandle"]] = message["MessageId"]
                self.change()
            for message in messages:
                threading.Thread(target=self.run_task, args=(message,), daemon=True).start()

    def receive(self, count):
        try:
            answer = self.sqs.receive_message(
                QueueUrl=self.queue_url,
                MaxNumberOfMessages=count,
                WaitTimeSeconds=self.poll,
                VisibilityTimeout=self.visibility,
            )
            return answer.get("Messages", [])
        except Exception as error:
            log.warning("receiving failed: %s", error)
            time.sleep(5)
            return []

    def run_task(self, message):
        started = time.monotonic()
        handle = message["ReceiptHandle"]
        succeeded = False
        try:
            self.work(message["Body"])
            self.sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=handle)
            succeeded = True
        except Exception as error:
            # The message stays: after its visibility timeout another worker takes it.
            log.warning("task %s failed: %s", message["MessageId"], error)
        with self.changed:
            del self.running[handle]
            if succeeded:
                self.finished.append({"durationSeconds": round(time.monotonic() - started, 3)})
            self.change()

    def work(self, body):
        if self.command:
            subprocess.run(
                self.command,
                input=body.encode(),
                timeout=self.task_timeout,
                check=True,
                start_new_session=True,
            )
            return
        seconds = json.loads(body)["seconds"]
        if not 0 <= seconds <= self.task_timeout:
            raise ValueError(f"seconds is {seconds}, allowed: 0 to {self.task_timeout:.0f}")
        time.sleep(seconds)

    def keep_invisible(self):
        while True:
            time.sleep(self.visibility / 3)
            with self.changed:
                handles = list(self.running)
            for start in range(0, len(handles), 10):
                entries = [
                    {"Id": str(index), "ReceiptHandle": handle, "VisibilityTimeout": self.visibility}
                    for index, handle in enumerate(handles[start : start + 10])
                ]
                try:
                    self.sqs.change_message_visibility_batch(QueueUrl=self.queue_url, Entries=entries)
                except Exception as error:
                    log.warning("extending visibility failed: %s", error)

    # Words with the scaler

    def send_heartbeats(self):
        url = setting("MUSTER_SCALER_URL").rstrip("/") + "/v1/heartbeats"
        interval = float(setting("MUSTER_HEARTBEAT_INTERVAL_SECONDS", "10"))
        token, reached = None, True
        while True:
            with self.changed:
                sent_version, finished = self.version, list(self.finished)
                body = {
                    "instanceId": self.instance_id,
                    "instanceType": self.instance_type,
                    "capacity": self.capacity,
                    "busySlots": len(self.running),
                    "taking": not self.draining() or self.receiving,
                    "finished": finished,
                }
            if env("MUSTER_POOL"):
                body["pool"] = env("MUSTER_POOL")
            answered = False
            try:
                token = token or self.heartbeat_token()
                drain = self.post(url, body, token)
                answered = reached = True
                with self.changed:
                    self.said_version = sent_version
                    self.changed.notify_all()
                    for _ in finished:
                        self.finished.popleft()
                    if drain != self.asked_to_drain:
                        self.asked_to_drain = drain
                        self.change()
            except Exception as error:
                token = None  # it may have been replaced
                if reached:
                    log.warning("heartbeat failed: %s", error)
                reached = False
            with self.changed:
                if answered:
                    self.changed.wait_for(lambda: self.version != sent_version, timeout=interval)
                else:
                    self.changed.wait(interval)
            time.sleep(0.2)  # changes at once are said at once

    def heartbeat_token(self):
        if env("MUSTER_HEARTBEAT_TOKEN"):
            return env("MUSTER_HEARTBEAT_TOKEN")
        name = env("MUSTER_HEARTBEAT_TOKEN_PARAMETER")
        if not name:
            return None
        ssm = boto3.client("ssm", region_name=env("AWS_REGION"), config=CALL)
        return ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]

    def post(self, url, body, token):
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(url, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=5) as response:
            return json.loads(response.read() or b"{}").get("drain") is True

    # The host

    def watch_host(self):
        """Drains when EC2 or Auto Scaling says that the end is near, and says when it may come."""
        while True:
            time.sleep(HOST_CHECK_SECONDS)
            try:
                if self.metadata.get("spot/instance-action"):
                    self.end("spot interruption", leave=False)
                if self.metadata.get("autoscaling/target-lifecycle-state") == "Terminated":
                    self.end("the group ends this instance", leave=False)
                    with self.changed:
                        done = self.done()
                    if done:
                        self.complete_end()
                        return
            except Exception as error:
                log.warning("watching the host failed: %s", error)

    def complete_end(self):
        spot = self.metadata.get("instance-life-cycle") == "spot"
        boto3.client(
            "autoscaling", region_name=env("AWS_REGION"), config=CALL
        ).complete_lifecycle_action(
            LifecycleHookName=setting("MUSTER_DRAIN_HOOK"),
            AutoScalingGroupName=setting("MUSTER_SPOT_GROUP" if spot else "MUSTER_ON_DEMAND_GROUP"),
            InstanceId=self.instance_id,
            LifecycleActionResult="CONTINUE",
        )

    def run(self):
        def stop(number, _frame):
            # Off the main thread, which may hold the lock that this needs.
            why = signal.Signals(number).name
            threading.Thread(target=self.end, args=(why, True), daemon=True).start()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        jobs = [self.keep_invisible]
        if env("MUSTER_SCALER_URL"):
            jobs.append(self.send_heartbeats)
        if self.metadata.available:
            jobs.append(self.watch_host)
        for job in jobs:
            threading.Thread(target=job, daemon=True).start()
        log.info("%s (%s) takes %d at once", self.instance_id, self.instance_type, self.capacity)
        self.take_tasks()
        with self.changed:
            # The last task's end and the word that no more are taken; not worth more than seconds.
            last = self.version
            if self.send_heartbeats in jobs:
                self.changed.wait_for(lambda: self.said_version >= last, timeout=6)
        log.info("done")


if __name__ == "__main__":
    logging.getLogger("botocore").setLevel(logging.WARNING)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    Worker().run()
