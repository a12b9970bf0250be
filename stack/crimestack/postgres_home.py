"""Where PostgreSQL lives. It refuses to be root, so under root it runs as another user, who has to reach its files."""

import hashlib
import os
import pwd
import shutil
import subprocess
from pathlib import Path

from . import process
from .errors import StackError

USERS = ("postgres", "nobody")
# Every user can enter it, and it is on a disk that outlives a restart.
SHARED = Path("/var/tmp")


class PostgresHome:
    """Folder for the data and, where needed, the program."""

    def __init__(self, directory, program):
        self._directory = directory
        self._program = program
        self.user = _other_user() if os.geteuid() == 0 else None

    @property
    def path(self):
        """The home: in the stack's directory; or beside it, with a link to it there."""
        return self._directory.data("postgres", mode=0o755).resolve()

    @property
    def data(self):
        """The database cluster."""
        return self.path / "data"

    @property
    def program(self):
        """Where the server's binaries are."""
        return self._program if self.user is None else self.path / self._program.name

    def make(self):
        """Makes the home, where PostgreSQL's user can enter it."""
        if self.user is None:
            return
        if not self._can_enter(self.path):
            self._move_out()
        if not self.program.is_dir():
            # The cache is root's own, as a rule below a folder that nobody else enters. Links cost no space.
            draft = self.path / "program.new"
            shutil.rmtree(draft, ignore_errors=True)
            shutil.copytree(self._program, draft, symlinks=True, copy_function=_link_or_copy)
            os.rename(draft, self.program)
        self.data.mkdir(mode=0o700, exist_ok=True)
        shutil.chown(self.data, self.user)

    def _can_enter(self, folder):
        command = process.launcher([shutil.which("test"), "-x", str(folder)], user=self.user)
        return subprocess.run(command, cwd="/").returncode == 0

    def _move_out(self):
        inside = self._directory.root / "postgres"
        name = hashlib.sha256(str(self._directory.root).encode()).hexdigest()[:16]
        outside = SHARED / f"crimes-postgres-{name}"
        outside.mkdir(mode=0o755, exist_ok=True)
        if outside.is_symlink() or outside.stat().st_uid != os.geteuid():
            raise StackError(f"{outside} is not ours, but it is where PostgreSQL's files would go: remove it.")
        if not self._can_enter(outside):
            raise StackError(
                f"PostgreSQL does not run as root, and user '{self.user}' can enter neither {inside} nor {outside}: "
                "run this as another user, or give a --dir that every user can enter."
            )
        # Whatever is in it belonged to a directory of this name that was removed without its servers' knowledge.
        for left_over in outside.iterdir():
            shutil.rmtree(left_over)
        inside.rmdir()
        inside.symlink_to(outside)


def remove_outside(directory):
    """Removes a home that lies beside the stack's directory."""
    link = directory.root / "postgres"
    if link.is_symlink() and link.resolve().parent == SHARED.resolve():
        shutil.rmtree(link.resolve())


def _other_user():
    for name in USERS:
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise StackError(f"PostgreSQL does not run as root, and there is no user {' or '.join(USERS)} to run it as.")


def _link_or_copy(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
