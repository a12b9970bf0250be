"""One stack: its directory, its settings, its servers."""

from functools import cached_property

from . import fetch, pieces, prerequisites
from .elasticsearch import Elasticsearch
from .errors import StackError
from .flink import JobManager, TaskManager
from .kafka import Kafka
from .places import cache
from .postgres import Postgres
from .settings import passwords
from .zookeeper import ZooKeeper


class Stack:
    """Servers as they are set up in one directory."""

    def __init__(self, directory, settings, progress):
        self.directory = directory
        self.settings = settings
        self.progress = progress

    @cached_property
    def java(self):
        """The JDK that all JVMs run on."""
        return prerequisites.java()

    @cached_property
    def programs(self):
        """Where each piece's program is; fetched if it is not there."""
        return fetch.ensure(pieces.ALL, cache(), self.java, self.progress)

    @cached_property
    def passwords(self):
        """The generated passwords."""
        return passwords(self.directory)

    def servers(self):
        """All servers, in the order of a record's way."""
        flink = [TaskManager(self, number + 1) for number in range(self.settings.task_managers)]
        return [Kafka(self), Postgres(self), Elasticsearch(self), ZooKeeper(self), JobManager(self), *flink]

    def server(self, name):
        """A server by its name."""
        for server in self.servers():
            if server.name == name:
                return server
        names = ", ".join(server.name for server in self.servers())
        raise StackError(f"there is no server '{name}' in {self.directory.root}; there are {names}.")
