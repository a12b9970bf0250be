"""Which port each server listens on, always of the loopback address, and who has it if it is taken."""

import os
import random
import socket
import time
from pathlib import Path

from .errors import StackError
from .process import name_of

LOOPBACK = "127.0.0.1"
LISTENING = "0A"
# Below the range that the kernel gives to outgoing connections, so that a server finds its port again.
FREE_RANGE = (20_000, 32_000)
TRIES = 1_000
# How long a port may take to be closed after its process has ended.
CLOSING_SECONDS = 10
UNKNOWN = "a process that this user may not look into"


class Port:
    """One port of one server."""

    def __init__(self, variable, default, server, what):
        self.variable, self.default, self.server, self.what = variable, default, server, what

    @property
    def flag(self):
        """The option of the command that sets it."""
        return "--" + self.variable.lower().replace("_", "-")


PORTS = (
    Port("KAFKA_PORT", 9092, "kafka", "Kafka"),
    Port("KAFKA_CONTROLLER_PORT", 9093, "kafka", "Kafka's controller"),
    Port("FLINK_PORT", 8081, "jobmanager", "Flink's web interface"),
    Port("FLINK_RPC_PORT", 6123, "jobmanager", "Flink's JobManager"),
    Port("FLINK_BLOB_PORT", 6124, "jobmanager", "Flink's jars"),
    Port("ZOOKEEPER_PORT", 2181, "zookeeper", "ZooKeeper"),
    Port("POSTGRES_PORT", 5432, "postgres", "PostgreSQL"),
    Port("ELASTICSEARCH_PORT", 9200, "elasticsearch", "Elasticsearch"),
    Port("ELASTICSEARCH_TRANSPORT_PORT", 9300, "elasticsearch", "Elasticsearch's transport"),
)


class Reservation:
    """Free ports that stay ours until the servers take them."""

    def __init__(self):
        self._sockets = {}

    def pick(self):
        """A port that nobody has."""
        for _ in range(TRIES):
            port = random.randrange(*FREE_RANGE)
            held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                held.bind((LOOPBACK, port))
            except OSError:
                held.close()
                continue
            self._sockets[port] = held
            return port
        raise StackError(f"found no free port from {FREE_RANGE[0]} to {FREE_RANGE[1]} on {LOOPBACK}.")

    def ports(self):
        """Those that are held."""
        return set(self._sockets)

    def release(self):
        """Lets go of all of them."""
        while self._sockets:
            self._sockets.popitem()[1].close()


def choose(mode, given, remembered, reservation, running=(), environment=os.environ):
    """The port of each variable: a flag, else the environment, else what this stack had, else free or default.

    `running` are the servers that have their remembered ports already.
    """
    chosen = {}
    for port in PORTS:
        text = given.get(port.variable) or environment.get(port.variable)
        if text:
            chosen[port.variable] = _number(port, text)
        elif mode is None and port.variable in remembered:
            chosen[port.variable] = remembered[port.variable]
        elif mode == "free":
            known = remembered.get(port.variable)
            usable = known is not None and (port.server in running or is_free(known))
            chosen[port.variable] = known if usable else reservation.pick()
        else:
            chosen[port.variable] = port.default
    _check_distinct(chosen)
    return chosen


def _number(port, text):
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= 65535:
        raise StackError(f"{port.variable} (or {port.flag}) is '{text}', but must be a port from 1 to 65535.")
    return number


def _check_distinct(chosen):
    owners = {}
    for port in PORTS:
        other = owners.setdefault(chosen[port.variable], port)
        if other is not port:
            raise StackError(
                f"{other.variable} and {port.variable} are both {chosen[port.variable]}, but each needs its own port."
            )


def check_free(chosen, servers, reservation=None):
    """Refuses ports that someone else has, all of them in one error."""
    ours = reservation.ports() if reservation else set()
    wanted = [port for port in PORTS if port.server in servers and chosen[port.variable] not in ours]

    def not_free():
        return [port for port in wanted if not is_free(chosen[port.variable])]

    taken = not_free()
    deadline = time.monotonic() + CLOSING_SECONDS
    # A port that no process has is being closed: that of a server that was killed a moment ago.
    while any(holder(chosen[port.variable]) == UNKNOWN for port in taken) and time.monotonic() < deadline:
        time.sleep(0.05)
        taken = not_free()
    if taken:
        numbers = [(port, chosen[port.variable]) for port in taken]
        lines = [
            f"port {number} ({port.what}, {port.variable}) is taken by {holder(number)}" for port, number in numbers
        ]
        first = taken[0]
        lines.append(
            f"Stop what has {'it' if len(taken) == 1 else 'them'}, set {first.variable} or {first.flag}"
            f"{'' if len(taken) == 1 else ' and the others'} to another port, or let 'up --ports free' choose."
        )
        raise StackError("\n".join(lines))


def is_free(port):
    """Whether a server could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # What servers do as well: a connection that was closed a moment ago is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def holder(port):
    """Who has a port, as far as we may see."""
    inodes = _inodes(port)
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and _has_socket(process, inodes):
            return f"pid {process.name} ({name_of(int(process.name))})"
    return UNKNOWN


def _inodes(port):
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if int(fields[1].rsplit(":", 1)[1], 16) == port and fields[9] != "0":
                found.add((fields[3] != LISTENING, fields[9]))
    return {f"socket:[{inode}]" for _, inode in sorted(found)}


def _has_socket(process, inodes):
    try:
        return any(os.readlink(descriptor) in inodes for descriptor in (process / "fd").iterdir())
    except OSError:
        return False  # it has ended, or belongs to someone else


def address(chosen, variable):
    """`host:port` of a server."""
    return f"{LOOPBACK}:{chosen[variable]}"
