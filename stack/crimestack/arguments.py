"""Verbs and flags."""

import argparse

from .places import DEFAULT_DIRECTORY
from .ports import PORTS
from .settings import DEFAULT_SLOTS, DEFAULT_TASK_HEAP, DEFAULT_TASK_MANAGERS

DESCRIPTION = """\
Kafka 3.9, Flink 1.16, PostgreSQL 15 and Elasticsearch 7.17 on this machine, without containers.
They listen on 127.0.0.1 only. ZooKeeper, from Flink's distribution, remembers Flink's jobs: after "down" and "up", or when
the JobManager was killed and started, they go on from their last checkpoints. Data, logs and passwords are in one directory; "DIR/env" says how to reach them.
Broker settings of yours, one KEY=value a line in "DIR/kafka.properties", count from the next start of Kafka.
"""
NAMES = "kafka, postgres, elasticsearch, zookeeper, jobmanager, taskmanager-1, taskmanager-2, ..."


def parser():
    """The parser; the verb is `verb` of what it gives."""
    everywhere = argparse.ArgumentParser(add_help=False)
    everywhere.add_argument("--dir", default=DEFAULT_DIRECTORY, help="directory of the stack (default: %(default)s)")
    top = argparse.ArgumentParser(
        prog="stack", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)

    def add(name, help_text, **more):
        return verbs.add_parser(name, help=help_text, description=help_text, parents=[everywhere], **more)

    _add_up(add("up", "start what does not run, and wait until all of it answers"))
    add("down", "stop all servers; their data stays")
    add("status", "print a table of the servers; exit code 1 if one is not up")
    add("empty", "remove all rows of the tables and all documents of the index; topics and jobs stay")
    add("clean", "stop all servers and remove their directory")
    for name, help_text in (
        ("start", "start one server again, on the same port and data"),
        ("stop", "stop one server"),
        ("kill", "kill one server (SIGKILL), as an accident would"),
        ("freeze", "make one server stand still (SIGSTOP), as an overloaded machine would; it keeps its ports"),
        ("thaw", "let one that was frozen go on (SIGCONT)"),
    ):
        add(name, help_text).add_argument("name", metavar="NAME", help=NAMES)
    logs = add("logs", "print the end of a server's log")
    logs.add_argument("name", metavar="NAME", help=NAMES)
    logs.add_argument("--lines", type=int, default=50, metavar="N", help="how many (default: %(default)s)")
    add("fetch", "fetch the servers' programs and start nothing")
    add("checksums", "fetch whatever the pinned versions give, and print the lines for checksums.txt")
    return top


def _add_up(up):
    up.add_argument(
        "--ports",
        choices=("default", "free"),
        help="the usual ports, or such as are free (default: those that this directory had, else the usual ones)",
    )
    for port in PORTS:
        default = f"environment variable {port.variable}; usually {port.default}"
        up.add_argument(port.flag, dest=port.variable, metavar="PORT", help=f"port of {port.what} ({default})")
    up.add_argument(
        "--forget-jobs", action="store_true", help="begin without the jobs that ran when Flink was stopped or died"
    )
    up.add_argument(
        "--task-managers", type=int, metavar="N", help=f"Flink TaskManagers (default: {DEFAULT_TASK_MANAGERS})"
    )
    up.add_argument("--slots", type=int, metavar="N", help=f"slots of each TaskManager (default: {DEFAULT_SLOTS})")
    up.add_argument(
        "--task-heap",
        type=int,
        metavar="MIB",
        help=f"heap for the tasks of each TaskManager, in MiB (default: {DEFAULT_TASK_HEAP})",
    )
