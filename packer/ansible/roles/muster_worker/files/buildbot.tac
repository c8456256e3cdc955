"""A Buildbot worker whose master, name and password come from the environment of its unit."""

import os

from buildbot_worker.bot import Worker
from buildbot_worker.pb import BotPb, WorkerForBuilderPb
from twisted.application import service
from twisted.python import log

basedir = os.environ.get("MUSTER_BUILDBOT_FOLDER", "/var/lib/muster/work/buildbot")
os.makedirs(basedir, exist_ok=True)
host, port = os.environ["MUSTER_BUILDBOT_MASTER"].rsplit(":", 1)
name = os.environ["MUSTER_BUILDBOT_NAME"].replace("{instance}", os.environ["MUSTER_INSTANCE_ID"])
with open(os.path.join(os.environ["CREDENTIALS_DIRECTORY"], "buildbot-password")) as file:
    password = file.read().strip()

worker = Worker(
    host, int(port), name, password, basedir, keepalive=60, umask=0o022, allow_shutdown="signal"
)


class OneBuild(WorkerForBuilderPb):
    """Tells the master at the start of the first build that there shall be no other."""

    def remote_startBuild(self):
        log.msg("single use: this build is the last")
        worker.gracefulShutdown()
        return WorkerForBuilderPb.remote_startBuild(self)


if os.environ.get("MUSTER_SINGLE_USE") == "true":
    BotPb.WorkerForBuilder = OneBuild

application = service.Application("buildbot-worker")
worker.setServiceParent(application)
