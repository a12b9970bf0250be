"""Elasticsearch: one genuine node, started by a class of our own (see LoopbackNode.java)."""

from . import pieces
from .errors import StackError
from .places import STACK
from .ports import LOOPBACK
from .server import Server, ask_json
from .settings import INDEX

HEAP = 512


class Elasticsearch(Server):
    """The node."""

    name = "elasticsearch"
    title = "Elasticsearch"
    piece = pieces.ELASTICSEARCH
    port = "ELASTICSEARCH_PORT"

    @property
    def _home(self):
        return self.directory.data("elasticsearch")

    def prepare(self):
        (self._home / "tmp").mkdir(exist_ok=True)

    def command(self, details):
        ports = self.stack.settings.ports
        settings = {
            "path.home": self._home,
            "path.data": self._home / "data",
            "path.logs": self.directory.logs,
            "cluster.name": "crimes",
            "node.name": "crimes-1",
            "discovery.type": "single-node",
            "network.host": LOOPBACK,
            "http.type": "netty4",
            "http.port": ports["ELASTICSEARCH_PORT"],
            "transport.type": "netty4",
            "transport.port": ports["ELASTICSEARCH_TRANSPORT_PORT"],
            # A disk that is 95 % full still has room for a demo.
            "cluster.routing.allocation.disk.threshold_enabled": "false",
            # Memory maps would want a kernel setting (vm.max_map_count) that only root may change.
            "node.store.allow_mmap": "false",
        }
        options = [
            "-Xms256m",
            "-XX:+UseSerialGC",
            f"-Djava.io.tmpdir={self._home}/tmp",
            f"-Dlog4j2.configurationFile={STACK}/elasticsearch/log4j2.properties",
            "-Dlog4j2.disable.jmx=true",
        ]
        path = f"{self.program}/classes:{self.program}/lib/*"
        arguments = [f"{name}={value}" for name, value in settings.items()]
        return [*self.jvm(HEAP, options), "-cp", path, "LoopbackNode", *arguments]

    def not_ready(self):
        answer, problem = ask_json(f"http://{self.address}/_cluster/health")
        if problem:
            return problem
        status = answer.get("status")
        return None if status in ("yellow", "green") else f"is {status}"

    def empty(self):
        """Removes the job's index; the job makes it again."""
        _, problem = ask_json(f"http://{self.address}/{INDEX}?ignore_unavailable=true", "DELETE")
        if problem:
            raise StackError(f"Elasticsearch {problem}, so index {INDEX} stays.")
