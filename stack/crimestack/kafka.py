"""Kafka: one broker in KRaft mode that is its own controller."""

import socket
import struct
import subprocess
import uuid
from base64 import urlsafe_b64encode

from . import pieces
from .errors import StackError
from .places import STACK
from .ports import LOOPBACK
from .server import PROBE_SECONDS, Server

HEAP = 512
METADATA_REQUEST, METADATA_VERSION = 3, 1
PROPERTIES = """\
# Written by "stack/stack up"; changes are lost at the next start. Settings of yours go into kafka.properties beside "env".
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=PLAINTEXT://{host}:{broker},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{broker}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={data}

# A topic is made on purpose, with a retention on purpose.
auto.create.topics.enable=false
# Records carry the time of the crime. Kafka deletes by that time, so any limit would delete old crimes at once.
log.retention.ms=-1
log.segment.bytes=134217728
log.cleaner.dedupe.buffer.size=33554432

# One broker holds all that there is.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
# Nobody waits for a second consumer.
group.initial.rebalance.delay.ms=0
"""


class Kafka(Server):
    """The broker."""

    name = "kafka"
    title = "Kafka"
    piece = pieces.KAFKA
    port = "KAFKA_PORT"

    @property
    def _data(self):
        return self.directory.data("kafka")

    @property
    def _properties(self):
        return self._data / "server.properties"

    def prepare(self):
        ports = self.stack.settings.ports
        text = PROPERTIES.format(
            host=LOOPBACK,
            broker=ports["KAFKA_PORT"],
            controller=ports["KAFKA_CONTROLLER_PORT"],
            data=self._data / "data",
        )
        own = self.directory.kafka_properties
        if own.exists():
            text += f"\n# From {own}:\n{own.read_text(encoding='utf-8')}"
        self._properties.write_text(text, encoding="utf-8")
        if not (self._data / "data" / "meta.properties").exists():
            self._format()

    def _format(self):
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        command = [self.stack.java.java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", self._class_path()]
        command += ["kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "-c", str(self._properties)]
        answer = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if answer.returncode != 0:
            raise StackError(f"Kafka's storage can't be formatted:\n{(answer.stdout + answer.stderr).strip()}")

    def _class_path(self):
        return f"{self.program}/lib/*"

    def command(self, details):
        configuration = f"-Dlog4j.configuration=file:{STACK}/kafka/log4j.properties"
        options = ["-Xms256m", "-XX:+UseSerialGC", "-Djava.awt.headless=true", configuration]
        return [*self.jvm(HEAP, options), "-cp", self._class_path(), "kafka.Kafka", str(self._properties)]

    def not_ready(self):
        try:
            brokers, controller = metadata(LOOPBACK, self.stack.settings.ports["KAFKA_PORT"])
        except (OSError, struct.error) as error:
            return f"does not answer ({error})"
        return None if brokers == 1 and controller == 1 else "has no broker and controller yet"


def metadata(host, port):
    """Asks a broker for its cluster: the number of brokers, and the controller's id (-1 for none).

    One request of Kafka's protocol by hand, for a client would be a JVM of its own.
    """
    client = b"stack"
    body = struct.pack(">hhih", METADATA_REQUEST, METADATA_VERSION, 1, len(client)) + client
    body += struct.pack(">i", 0)  # of no topic
    with socket.create_connection((host, port), timeout=PROBE_SECONDS) as connection:
        connection.sendall(struct.pack(">i", len(body)) + body)
        (length,) = struct.unpack(">i", _read(connection, 4))
        answer = _read(connection, length)
    (brokers,) = struct.unpack_from(">i", answer, 4)
    place = 8
    for _ in range(brokers):
        place += 4  # id
        place = _skip_text(answer, place)  # host
        place += 4  # port
        place = _skip_text(answer, place)  # rack
    (controller,) = struct.unpack_from(">i", answer, place)
    return brokers, controller


def _skip_text(answer, place):
    (length,) = struct.unpack_from(">h", answer, place)
    return place + 2 + max(0, length)


def _read(connection, length):
    received = b""
    while len(received) < length:
        block = connection.recv(length - len(received))
        if not block:
            raise ConnectionResetError("it hung up")
        received += block
    return received
