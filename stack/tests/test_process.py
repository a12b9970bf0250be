"""Processes: found by more than their pid, ended with all that came from them, and never another's."""

import json
import os
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from crimestack import launch, process

STUBBORN = "trap '' TERM; sleep 600 & echo ready; wait; while :; do sleep 600; done"


class Processes(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.record = self.folder / "server.json"
        self.output = self.folder / "server.out"

    def start(self, script, **more):
        process.start(self.record, ["/bin/sh", "-c", script], dict(os.environ), self.output, **more)
        self.addCleanup(process.Process(self.record).end, signal.SIGKILL, 10)
        return process.Process(self.record)

    def test_one_that_was_started_is_found_again(self):
        found = self.start("exec sleep 600", details={"id": "x"})
        self.assertTrue(found.is_alive())
        self.assertEqual(found.details, {"id": "x"})
        self.assertEqual(os.getsid(found.pid), found.pid, "it must have a session of its own")
        self.assertNotIn(found.pid, process.descendants(os.getpid()))

    def test_a_zombie_is_not_alive(self):
        zombie = subprocess.Popen(["/bin/sleep", "600"])
        self.addCleanup(zombie.wait)
        said = {"pid": zombie.pid, "started": launch.started(zombie.pid), "boot": launch.boot(), "details": {}}
        self.record.write_text(json.dumps(said))
        found = process.Process(self.record)
        self.assertTrue(found.is_alive())
        zombie.kill()
        await_true(lambda: launch.started(zombie.pid) is None)
        self.assertTrue(Path(f"/proc/{zombie.pid}").exists())
        self.assertFalse(found.is_alive())

    def test_a_recycled_pid_is_neither_alive_nor_killed(self):
        bystander = subprocess.Popen(["/bin/sleep", "600"])
        self.addCleanup(bystander.wait)
        self.addCleanup(bystander.kill)
        for said in (
            {"started": launch.started(bystander.pid) - 1, "boot": launch.boot()},
            {"started": launch.started(bystander.pid), "boot": "another boot"},
        ):
            self.record.write_text(json.dumps({"pid": bystander.pid, "details": {}, **said}))
            recycled = process.Process(self.record)
            self.assertFalse(recycled.is_alive())
            recycled.signal(signal.SIGKILL)
            recycled.end(signal.SIGKILL, 1)
            self.assertIsNone(bystander.poll(), "a bystander was killed")

    def test_one_that_does_not_heed_is_killed_with_its_children(self):
        found = self.start(STUBBORN)
        await_true(lambda: "ready" in self.output.read_text())
        tree = found.tree()
        self.assertEqual(len(tree), 2)
        found.end(signal.SIGTERM, 0.3)
        self.assertEqual([pid for pid, started in tree.items() if launch.started(pid) == started], [])

    def test_a_child_that_outlives_it_is_ended_too(self):
        found = self.start("sleep 600 & echo ready; exec sleep 600")
        await_true(lambda: "ready" in self.output.read_text())
        tree = found.tree()
        self.assertEqual(len(tree), 2)
        found.end(signal.SIGTERM, 10)
        self.assertEqual([pid for pid, started in tree.items() if launch.started(pid) == started], [])

    def test_one_that_is_frozen_stands_still_with_its_children_until_it_is_thawed(self):
        found = self.start("sleep 600 & while :; do echo tick; sleep 0.01; done")
        await_true(lambda: "tick" in self.output.read_text())
        found.freeze()
        self.assertTrue(found.is_alive() and found.is_frozen())
        self.assertTrue(all(launch.is_frozen(pid) for pid in found.tree()))
        said = self.output.read_text()
        found.freeze()
        self.assertEqual(self.output.read_text(), said)
        found.thaw()
        self.assertFalse(found.is_frozen())
        await_true(lambda: len(self.output.read_text()) > len(said))

    def test_one_that_is_frozen_hears_that_it_is_to_end(self):
        found = self.start("trap 'echo bye; exit' TERM; echo ready; while :; do sleep 0.01; done")
        await_true(lambda: "ready" in self.output.read_text())
        found.freeze()
        found.end(signal.SIGTERM, 10)
        self.assertIn("bye", self.output.read_text())

    def test_a_forgotten_one_is_unknown(self):
        found = self.start("exec sleep 600")
        found.end(signal.SIGKILL, 10)
        self.assertTrue(process.Process(self.record).known)
        found.forget()
        self.assertFalse(process.Process(self.record).known)

    def test_what_can_not_be_executed_says_so(self):
        program = self.folder / "missing"
        process.start(self.record, [str(program)], dict(os.environ), self.output)
        await_true(lambda: not process.Process(self.record).is_alive())
        self.assertIn(f"{program} can't be executed", process.tail(self.output))

    def test_a_user_that_does_not_exist_is_an_error_not_root(self):
        process.start(self.record, ["/usr/bin/id"], dict(os.environ), self.output, user="no-such-user")
        await_true(lambda: not process.Process(self.record).is_alive())
        self.assertIn("no-such-user", process.tail(self.output))
        self.assertNotIn("uid=", process.tail(self.output))

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
    def test_drops_to_another_user_for_good(self):
        command = process.launcher(["/usr/bin/id", "-u"], user="nobody")
        answer = subprocess.run(command, capture_output=True, text=True, cwd="/")
        self.assertNotIn(answer.stdout.strip(), ("", "0"))

    def test_a_full_log_is_kept_once(self):
        self.output.write_bytes(b"x" * (process.LARGEST_LOG + 1))
        process.rotate(self.output)
        self.assertFalse(self.output.exists())
        self.assertTrue((self.folder / "server.out.1").exists())

    def test_the_tail_of_a_log_is_its_last_lines(self):
        self.output.write_text("".join(f"line {number}\n" for number in range(100)))
        self.assertEqual(process.tail(self.output, 2), "  line 98\n  line 99")


def await_true(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("it did not come true")
        time.sleep(0.02)


if __name__ == "__main__":
    unittest.main()
