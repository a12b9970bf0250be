"""A Flink home of a stack's own: the cache's jars by link, and the configuration of this stack.

So `$FLINK_HOME/bin/flink run` needs no other variable, and writes nothing into the cache.
"""

import shutil

from . import flink_memory
from .places import STACK
from .ports import LOOPBACK

# Flink 1.16 reaches into the JDK; this is the list that Flink 1.18 ships. Java 11 needs none of it.
OPENS_SINCE = 17
OPENS = (
    "--add-exports=java.base/sun.net.util=ALL-UNNAMED",
    "--add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED",
    "--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "--add-opens=java.base/java.net=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
    "--add-opens=java.base/java.text=ALL-UNNAMED",
    "--add-opens=java.base/java.time=ALL-UNNAMED",
    "--add-opens=java.base/java.util=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent.locks=ALL-UNNAMED",
)
CONFIGURATION = """\
# Written by "stack/stack up"; changes are lost at the next start.
jobmanager.rpc.address: {host}
jobmanager.rpc.port: {rpc}
jobmanager.bind-host: {host}
blob.server.port: {blob}
rest.address: {host}
rest.bind-address: {host}
rest.port: {rest}
rest.bind-port: {rest}
# What REST and pages say is of a moment ago: states not of three seconds ago, figures not of ten.
web.refresh-interval: 500
metrics.fetcher.update-interval: 1000
web.submit.enable: true
web.cancel.enable: true
web.upload.dir: {data}/uploads
web.tmpdir: {data}/web

taskmanager.host: {host}
taskmanager.bind-host: {host}
taskmanager.numberOfTaskSlots: {slots}
cluster.evenly-spread-out-slots: true

# A process that was killed refuses connections: two refused heartbeats, and it is given up after 4 s. One that
# only stalls (a busy machine, a long collection) has longer.
heartbeat.interval: 2000
heartbeat.rpc-failure-threshold: 2
heartbeat.timeout: 20000
# Who finds nobody to register at asks again soon: all start at the same time.
cluster.registration.error-delay: 500
cluster.registration.refused-registration-delay: 2000

# A JobManager that comes back takes up its jobs from their last checkpoints: which they are is in ZooKeeper, the
# graphs and jars are in storageDir. With high availability the port is this one, not jobmanager.rpc.port.
high-availability: zookeeper
high-availability.zookeeper.quorum: {host}:{zookeeper}
high-availability.zookeeper.path.root: /flink
high-availability.cluster-id: /crimes
high-availability.storageDir: file://{data}/high-availability
high-availability.jobmanager.port: {rpc}
# How long a JobManager that was killed still counts as the leader. There is no other one that could lead meanwhile,
# so a connection that breaks for less than that is no reason to give up.
high-availability.zookeeper.client.session-timeout: 8000
high-availability.zookeeper.client.connection-timeout: 8000
high-availability.zookeeper.client.tolerate-suspended-connections: true
high-availability.zookeeper.client.retry-wait: 1000
high-availability.zookeeper.client.max-retry-attempts: 10

# Nothing removes what is in these when servers stop.
state.backend: hashmap
state.checkpoints.dir: file://{data}/checkpoints
state.savepoints.dir: file://{data}/savepoints
state.checkpoints.num-retained: 2
execution.checkpointing.externalized-checkpoint-retention: RETAIN_ON_CANCELLATION

io.tmp.dirs: {data}/tmp
env.log.dir: {logs}
env.pid.dir: {data}
env.java.home: {java}
env.java.opts: {options}

# Sizes: see crimestack/flink_memory.py.
jobmanager.memory.process.size: {job_manager}m
{job_manager_parts}taskmanager.memory.process.size: {task_manager}m
{task_manager_parts}"""


class FlinkHome:
    """The folders bin, conf, lib, opt and plugins, and what Flink writes."""

    def __init__(self, stack, program):
        self._stack = stack
        self._program = program
        self.data = stack.directory.data("flink")
        self.path = self.data / "home"
        self.conf = self.path / "conf"

    def make(self):
        """Lays it out anew: versions, ports and sizes may have changed."""
        for folder in ("bin", "conf", "lib", "opt", "plugins"):
            shutil.rmtree(self.path / folder, ignore_errors=True)
        for folder in ("tmp", "uploads", "web", "high-availability", "checkpoints", "savepoints"):
            (self.data / folder).mkdir(exist_ok=True)
        shutil.copytree(self._program / "conf", self.conf)
        # The scripts look where they themselves are, so a link to them would lead to the cache's configuration.
        shutil.copytree(self._program / "bin", self.path / "bin")
        for folder in ("lib", "opt", "plugins"):
            for file in (self._program / folder).rglob("*"):
                if file.is_file():
                    link = self.path / file.relative_to(self._program)
                    link.parent.mkdir(parents=True, exist_ok=True)
                    link.symlink_to(file)
        shutil.copyfile(STACK / "flink" / "log4j.properties", self.conf / "log4j.properties")
        shutil.copyfile(STACK / "flink" / "log4j.properties", self.conf / "log4j-cli.properties")
        (self.conf / "flink-conf.yaml").write_text(self._configuration(), encoding="utf-8")

    def forget_jobs(self):
        """Removes the jobs that a JobManager would take up; checkpoints stay."""
        shutil.rmtree(self.data / "high-availability", ignore_errors=True)
        (self.data / "high-availability").mkdir(parents=True)

    def _configuration(self):
        settings = self._stack.settings
        parts = flink_memory.task_manager(settings.task_heap)
        return CONFIGURATION.format(
            host=LOOPBACK,
            rpc=settings.ports["FLINK_RPC_PORT"],
            blob=settings.ports["FLINK_BLOB_PORT"],
            rest=settings.ports["FLINK_PORT"],
            zookeeper=settings.ports["ZOOKEEPER_PORT"],
            data=self.data,
            slots=settings.slots,
            logs=self._stack.directory.logs,
            java=self._stack.java.home,
            options=" ".join(self.java_options()),
            job_manager=flink_memory.total(flink_memory.JOB_MANAGER),
            job_manager_parts=flink_memory.lines(flink_memory.JOB_MANAGER),
            task_manager=flink_memory.total(parts),
            task_manager_parts=flink_memory.lines(parts),
        )

    def java_options(self):
        """What every JVM of Flink needs on this Java."""
        return OPENS if self._stack.java.version >= OPENS_SINCE else ()
