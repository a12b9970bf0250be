"""What one stack is: ports, sizes and passwords. Kept in its directory, so that a server starts again as it was."""

import json
import secrets

from .errors import StackError
from .places import read_json, write_private
from .ports import PORTS

DATABASE = "crime_db"
INDEX = "crime_locations"
OWNER = "postgres"
JOB_ROLE = "crimes_job"
SECRET_BYTES = 24
DEFAULT_TASK_MANAGERS = 1
DEFAULT_SLOTS = 4
DEFAULT_TASK_HEAP = 512
MOST = {"task_managers": 16, "slots": 64, "task_heap": 65_536}


class Settings:
    """Ports by variable, and sizes of the Flink cluster."""

    def __init__(self, ports, task_managers, slots, task_heap):
        self.ports = ports
        self.task_managers = task_managers
        self.slots = slots
        self.task_heap = task_heap

    @classmethod
    def load(cls, directory):
        """What the stack was last started with, or None."""
        said = read_json(directory.settings)
        if said is None:
            return None
        # A stack of an earlier version knows fewer ports.
        said["ports"] = {**{port.variable: port.default for port in PORTS}, **said["ports"]}
        return cls(**said)

    def save(self, directory):
        """Remembers it."""
        write_private(directory.settings, json.dumps(vars(self), indent=2) + "\n")


def size(name, given, remembered, default):
    """A flag, else what this stack had, else the default."""
    value = given if given is not None else (remembered if remembered is not None else default)
    if not 1 <= value <= MOST[name]:
        flag = "--" + name.replace("_", "-")
        raise StackError(f"{flag} is {value}, but must be from 1 to {MOST[name]}.")
    return value


def passwords(directory):
    """The passwords of this stack; made up at its first start."""
    known = read_json(directory.secrets)
    if known is None:
        known = {
            "PGPASSWORD": secrets.token_urlsafe(SECRET_BYTES),
            "PGSUPERPASSWORD": secrets.token_urlsafe(SECRET_BYTES),
        }
        write_private(directory.secrets, json.dumps(known) + "\n")
    return known
