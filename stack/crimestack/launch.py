"""Becomes a server: writes down which process it is, drops to another user if asked, and executes the command.

Run as `python -I launch.py '{"record": FILE or null, "details": {...}, "user": NAME or null}' COMMAND...`. With a
record it is to outlive its starter. It writes the record itself, so that no server can run that no record knows of,
even if its starter is killed meanwhile.
"""

import json
import os
import pwd
import sys


def started(pid):
    """When a process was started, in ticks since boot; None if there is none, or only its zombie.

    With the boot's id this names a process for good, which a pid does not: it is used again.
    """
    fields = _stat(pid)
    return None if fields is None or fields[0] in ("Z", "X") else int(fields[19])


def is_frozen(pid):
    """Whether a process was made to stand still (SIGSTOP)."""
    fields = _stat(pid)
    return fields is not None and fields[0] == "T"


def _stat(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return None


def boot():
    """Id of the machine's current boot."""
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()


def write_record(path, details):
    """Writes down which process this is."""
    pid = os.getpid()
    draft = f"{path}.{pid}"
    with open(draft, "w", encoding="utf-8") as file:
        json.dump({"pid": pid, "started": started(pid), "boot": boot(), "details": details}, file)
    os.replace(draft, path)


def detach():
    """Goes on as a process that is nobody's child, in a session of its own."""
    if os.fork():
        os._exit(0)
    os.setsid()


def drop_to(name):
    """Gives up being root."""
    user = pwd.getpwnam(name)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


def main(arguments):
    """Never returns if all is well."""
    wish, command = json.loads(arguments[0]), arguments[1:]
    if wish["record"]:
        detach()
        write_record(wish["record"], wish["details"])
    if wish["user"]:
        drop_to(wish["user"])
    try:
        os.execv(command[0], command)
    except OSError as error:
        sys.exit(f"{command[0]} can't be executed: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
