"""Servers as processes: started in a session of their own, found again by pid and start time, ended for sure."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import launch
from .errors import StackError
from .places import read_json

POLL_SECONDS = 0.05
LAUNCH_SECONDS = 30
ORPHAN_SECONDS = 2
KILL_SECONDS = 20
LARGEST_LOG = 10_000_000


class Process:
    """What a record file says, and what is true of it now."""

    def __init__(self, record):
        self._record = record
        self._said = read_json(record)

    @property
    def known(self):
        """Whether it was started and not stopped by us."""
        return self._said is not None

    @property
    def pid(self):
        """Its process id."""
        return self._said["pid"]

    @property
    def details(self):
        """What its starter wanted to remember."""
        return self._said["details"]

    def is_alive(self):
        """Whether that very process still runs: not another one that got its pid."""
        if self._said is None or self._said["boot"] != launch.boot():
            return False
        return launch.started(self.pid) == self._said["started"]

    def is_frozen(self):
        """Whether it stands still until it is told to go on."""
        return self.is_alive() and launch.is_frozen(self.pid)

    def freeze(self):
        """Makes it and all that came from it stand still: alive, its ports open, but deaf."""
        deadline = time.monotonic() + KILL_SECONDS
        # Parents first: one that stands still starts nothing more, and one whose child stands still before it executes
        # its program (vfork) can't be stopped.
        while moving := [pid for pid in self.tree() if not launch.is_frozen(pid)]:
            pid = moving[0]
            _send(pid, signal.SIGSTOP)
            self._await(lambda pid=pid: launch.started(pid) is None or launch.is_frozen(pid), deadline)

    def thaw(self):
        """Lets it and all that came from it go on."""
        for pid in self.tree():
            _send(pid, signal.SIGCONT)
        self._await(lambda: not any(map(launch.is_frozen, self.tree())), time.monotonic() + KILL_SECONDS)

    def _await(self, condition, deadline):
        while not condition():
            if time.monotonic() > deadline:
                raise StackError(f"pid {self.pid} does not heed signals.")
            time.sleep(POLL_SECONDS)

    def tree(self):
        """Pids of it and of all processes that came from it, with their start times."""
        if not self.is_alive():
            return {}
        found = {pid: launch.started(pid) for pid in [self.pid, *descendants(self.pid)]}
        return {pid: started for pid, started in found.items() if started is not None}  # one may have ended meanwhile

    def memory(self):
        """Bytes of memory that it and its children hold, shared ones counted once. None if it can't be told."""
        sizes = [_memory(pid) for pid in self.tree()]
        known = [size for size in sizes if size is not None]  # a child may have ended meanwhile
        return sum(known) if known else None

    def signal(self, number):
        """Sends a signal to it alone."""
        if self.is_alive():
            _send(self.pid, number)

    def end(self, first_signal, patience):
        """Ends it and all that came from it: by `first_signal`, and after `patience` seconds by force."""
        tree = self.tree()
        if not tree:
            return
        self.signal(first_signal)
        for pid in tree:
            _send(pid, signal.SIGCONT)  # one that was frozen hears a signal only when it goes on
        itself = {pid: started for pid, started in tree.items() if pid == self.pid}
        # What came from it is its own to end; what is left when it is gone would stay for ever.
        if not (_await_end(itself, patience) and _await_end(tree, ORPHAN_SECONDS)):
            tree.update(self.tree())
            for pid, started in tree.items():
                if launch.started(pid) == started:
                    _send(pid, signal.SIGKILL)
            if not _await_end(tree, KILL_SECONDS):
                raise StackError(f"pid {self.pid} does not end, even by SIGKILL.")

    def forget(self):
        """Removes the record: it was stopped on purpose."""
        if self._record.exists():
            self._record.unlink()
        self._said = None


def start(record, command, environment, output, user=None, details=None):
    """Starts a server. Its stdout and stderr go to `output`; it belongs to no terminal and no session of ours."""
    if record.exists():
        record.unlink()
    rotate(output)
    with open(output, "ab") as file:
        answer = subprocess.run(
            launcher(command, record=record, user=user, details=details),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env=environment,
            cwd="/",
        )
    deadline = time.monotonic() + LAUNCH_SECONDS
    while not record.exists():
        if answer.returncode != 0 or time.monotonic() > deadline:
            raise StackError(f"{command[0]} can't be started:\n{tail(output)}")
        time.sleep(POLL_SECONDS)


def launcher(command, record=None, user=None, details=None):
    """The command that becomes `command`, see launch.py."""
    wish = {"record": str(record) if record else None, "details": details or {}, "user": user}
    return [sys.executable, "-I", launch.__file__, json.dumps(wish), *command]


def rotate(log):
    """Bounds a log that nobody else bounds: a full one is kept once."""
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        os.replace(log, log.with_name(log.name + ".1"))


def tail(log, lines=20):
    """The last lines of a log."""
    try:
        with open(log, "rb") as file:
            file.seek(max(0, log.stat().st_size - 200 * lines))
            text = file.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join("  " + line for line in text.splitlines()[-lines:])


def name_of(pid):
    """Name of the program that a process runs; None if it has ended."""
    if launch.started(pid) is None:
        return None
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
    except OSError:
        return None


def descendants(pid):
    """Pids of all processes that came from one."""
    children = {}
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                text = (process / "stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            children.setdefault(int(text.rpartition(")")[2].split()[1]), []).append(int(process.name))
    found, open_ends = [], [pid]
    while open_ends:
        below = children.get(open_ends.pop(), [])
        found += below
        open_ends += below
    return found


def _send(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise StackError(f"pid {pid} belongs to another user; stop it as that user.") from error


def _await_end(tree, patience):
    deadline = time.monotonic() + patience
    while any(launch.started(pid) == started for pid, started in tree.items()):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _memory(pid):
    # The share of a page that is used by several processes is only in smaps_rollup.
    for file, field in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        try:
            text = Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        for line in text.splitlines():
            if line.startswith(field):
                return int(line.split()[1]) * 1024
    return None
