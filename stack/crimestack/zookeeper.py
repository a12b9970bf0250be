"""ZooKeeper, from Flink's own distribution: remembers which jobs run and where their checkpoints are.

Flink's high availability needs it. One peer is enough here: it is to outlive the JobManager, not the machine.
"""

import shutil
import socket

from .flink import FlinkJvm
from .ports import LOOPBACK
from .server import PROBE_SECONDS

MAIN_CLASS = "org.apache.flink.runtime.zookeeper.FlinkZooKeeperQuorumPeer"
HEAP = 64
CONFIGURATION = """\
# Written by "stack/stack up"; changes are lost at the next start.
clientPortAddress={host}
clientPort={port}
dataDir={data}
initLimit=10
syncLimit=5
# Sessions may be as short as two ticks; Flink's are in flink-conf.yaml.
tickTime=1000
admin.enableServer=false
autopurge.purgeInterval=1
"""


class ZooKeeper(FlinkJvm):
    """The peer."""

    name = "zookeeper"
    title = "ZooKeeper"
    port = "ZOOKEEPER_PORT"

    @property
    def _home(self):
        return self.directory.data("zookeeper")

    def prepare(self):
        text = CONFIGURATION.format(host=LOOPBACK, port=self.stack.settings.ports[self.port], data=self._home / "data")
        (self._home / "zoo.cfg").write_text(text, encoding="utf-8")

    def command(self, details):
        options = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dzookeeper.preAllocSize=1024"]
        return self.java(HEAP, options, MAIN_CLASS, ["--zkConfigFile", f"{self._home}/zoo.cfg", "--peerId", "1"])

    def forget(self):
        """Removes all that it remembers. Only called while neither it nor Flink runs."""
        shutil.rmtree(self._home / "data", ignore_errors=True)

    def not_ready(self):
        try:
            with socket.create_connection((LOOPBACK, self.stack.settings.ports[self.port]), PROBE_SECONDS) as connection:
                connection.sendall(b"srvr")
                answer = connection.makefile("rb").read()
        except OSError as error:
            return f"does not answer ({error})"
        return None if b"Mode: standalone" in answer else "does not serve yet"
