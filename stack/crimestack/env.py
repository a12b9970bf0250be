"""The file `env`: all that a program needs to reach the servers, as KEY=value lines for a shell."""

import shlex

from .flink_home import FlinkHome
from .places import write_private
from .ports import LOOPBACK, address
from .settings import DATABASE, JOB_ROLE


def values(stack):
    """The variables, in the order in which they are written."""
    ports = stack.settings.ports
    return {
        "KAFKA_BOOTSTRAP": address(ports, "KAFKA_PORT"),
        "KAFKA_HOME": str(stack.programs["kafka"]),
        "FLINK_URL": "http://" + address(ports, "FLINK_PORT"),
        "FLINK_HOME": str(FlinkHome(stack, stack.programs["flink"]).path),
        "PGHOST": LOOPBACK,
        "PGPORT": str(ports["POSTGRES_PORT"]),
        "PGDATABASE": DATABASE,
        "PGUSER": JOB_ROLE,
        "PGPASSWORD": stack.passwords["PGPASSWORD"],
        "PGSUPERPASSWORD": stack.passwords["PGSUPERPASSWORD"],
        "ES_URL": "http://" + address(ports, "ELASTICSEARCH_PORT"),
    }


def write(stack):
    """Writes the file; only its owner may read it."""
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in values(stack).items()]
    write_private(stack.directory.environment, "".join(lines))
