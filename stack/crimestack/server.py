"""What all servers have in common: a process, a log, a way to tell that they answer."""

import json
import os
import signal
import urllib.error
import urllib.request

from . import process
from .ports import address

PROBE_SECONDS = 5


class Server:
    """One server of a stack."""

    # A name that `stack` takes; the name that people use; the piece it runs from; the port that its users call.
    name = ""
    title = ""
    piece = None
    port = ""
    stop_signal = signal.SIGTERM
    stop_seconds = 20
    user = None

    def __init__(self, stack):
        self.stack = stack
        self.directory = stack.directory

    @property
    def process(self):
        """Its process, as last started."""
        return process.Process(self.directory.record(self.name))

    @property
    def address(self):
        """Where its users call it."""
        return address(self.stack.settings.ports, self.port)

    @property
    def program(self):
        """Folder of its program."""
        return self.stack.programs[self.piece.name]

    def logs(self):
        """Where it writes to, the most telling first."""
        return [self.directory.log(self.name), self.directory.output(self.name)]

    def prepare(self):
        """Writes configuration; formats what is new. Only called while it does not run."""

    def details(self):
        """What to remember with the process; made up anew at each start."""
        return {}

    def command(self, details):
        """The program and its arguments, all absolute, for a start with these details."""
        raise NotImplementedError

    def environment(self):
        """The starter's, TZ and all."""
        return dict(os.environ)

    def not_ready(self):
        """None if it answers as it should, else a few words on what it lacks."""
        raise NotImplementedError

    def after_start(self):
        """What is left to do once it answers."""

    def jvm(self, heap, options=()):
        """A JVM that ends when it is out of memory and says so in a file that can be found."""
        crash = self.directory.logs / f"{self.name}-crash-%p.log"
        yield self.stack.java.java
        yield from (f"-Xmx{heap}m", "-XX:+ExitOnOutOfMemoryError", f"-XX:ErrorFile={crash}")
        yield f"-Dlog.file={self.directory.log(self.name)}"
        yield from options


def ask_json(url, method="GET"):
    """The answer to a request, or words on why there is none. Never through a proxy: it is this machine."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(url, method=method), timeout=PROBE_SECONDS) as answer:
            return json.load(answer), None
    except urllib.error.HTTPError as error:
        return None, f"answers with status {error.code}"
    except (OSError, ValueError) as error:
        return None, f"does not answer ({getattr(error, 'reason', error)})"
