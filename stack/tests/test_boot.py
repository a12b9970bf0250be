"""Starting several servers: all or none, and a server's last words when it fails."""

import io
import os
import signal
import tempfile
import threading
import unittest
from pathlib import Path

from crimestack import boot, status
from crimestack.errors import StackError
from crimestack.places import Directory
from crimestack.progress import Progress
from crimestack.server import Server


class Shell(Server):
    """A server that is a shell script."""

    address = "nowhere"

    def __init__(self, directory, name, script, ready=True):
        self.directory, self.name, self.title = directory, name, name
        self._script, self._ready = script, ready

    def command(self, details):
        return ["/bin/sh", "-c", self._script]

    def not_ready(self):
        return None if self._ready else "does not answer"


class Booting(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.directory = Directory(Path(scratch.name) / "stack")
        self.directory.make()
        self.words = io.StringIO()

    def shell(self, *arguments, **more):
        server = Shell(self.directory, *arguments, **more)
        self.addCleanup(lambda: server.process.end(signal.SIGKILL, 10))
        return server

    def boot(self, *servers):
        boot.Boot(servers, Progress(self.words)).run()

    def test_starts_what_does_not_run_and_leaves_the_rest(self):
        one, two = self.shell("one", "exec sleep 600"), self.shell("two", "exec sleep 600")
        self.boot(one)
        pid = one.process.pid
        self.boot(one, two)
        self.assertEqual(one.process.pid, pid)
        self.assertTrue(two.process.is_alive())

    def test_one_that_dies_takes_down_what_was_started_with_it_and_shows_its_log(self):
        good, bad = self.shell("good", "exec sleep 600"), self.shell("bad", "echo no disk >&2; exit 3", ready=False)
        with self.assertRaises(StackError) as caught:
            self.boot(good, bad)
        self.assertIn("bad ended while it started", str(caught.exception))
        self.assertIn("no disk", str(caught.exception))
        self.assertIn(str(self.directory.output("bad")), str(caught.exception))
        self.assertFalse(good.process.known)

    def test_one_that_dies_leaves_alone_what_ran_before(self):
        good, bad = self.shell("good", "exec sleep 600"), self.shell("bad", "exit 3", ready=False)
        self.boot(good)
        with self.assertRaises(StackError):
            self.boot(good, bad)
        self.assertTrue(good.process.is_alive())

    def test_an_interrupt_ends_what_was_started(self):
        slow = self.shell("slow", "exec sleep 600", ready=False)
        # a shell starts what runs in the background with interrupts ignored
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
        with self.assertRaises(KeyboardInterrupt):
            self.boot(slow)
        self.assertFalse(slow.process.known)

    def test_a_mistake_in_a_server_is_not_swallowed(self):
        broken = self.shell("broken", "exec sleep 600")
        broken.prepare = lambda: 1 // 0
        with self.assertRaises(ZeroDivisionError):
            self.boot(broken)

    def test_is_quiet_in_a_pipe(self):
        self.boot(self.shell("one", "exec sleep 600"))
        self.assertEqual(self.words.getvalue(), "")

    def test_status_tells_up_from_died_from_down(self):
        up, dead, never = (self.shell(name, "exec sleep 600") for name in ("up", "dead", "never"))
        self.boot(up, dead)
        dead.process.end(signal.SIGKILL, 10)
        table, all_up = status.rows([up, dead, never])
        self.assertEqual([row[1] for row in table[1:]], ["up", "died", "down"])
        self.assertFalse(all_up)
        self.assertTrue(status.rows([up])[1])
        up.process.freeze()
        self.assertEqual(status.rows([up])[0][1][1], "frozen")
        self.assertFalse(status.rows([up])[1])


if __name__ == "__main__":
    unittest.main()
