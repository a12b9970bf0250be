"""Where things are: the project, the cache that every clone shares, and the directory of one stack."""

import json
import os
from pathlib import Path

STACK = Path(__file__).resolve().parent.parent
PROJECT = STACK.parent
SQL = PROJECT / "sql"
CHECKSUMS = STACK / "checksums.txt"
DEFAULT_DIRECTORY = PROJECT / ".stack"


def cache(environment=os.environ):
    """The folder of fetched servers."""
    if environment.get("CRIMES_CACHE"):
        return Path(environment["CRIMES_CACHE"]).expanduser().resolve() / "stack"
    base = environment.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser().resolve() / "crimes" / "stack"


class Directory:
    """Everything of one stack: data, logs, processes, settings, passwords."""

    def __init__(self, root):
        self.root = Path(root).expanduser().resolve()
        self.environment = self.root / "env"
        self.settings = self.root / "stack.json"
        self.secrets = self.root / "secrets.json"
        self.kafka_properties = self.root / "kafka.properties"
        self.lock = self.root / "lock"
        self.processes = self.root / "run"
        self.logs = self.root / "logs"

    def make(self):
        """Makes the folders; the root of them may be entered by PostgreSQL's user."""
        if not self.root.is_dir():
            self.root.mkdir(parents=True)
            self.root.chmod(0o755)
        for folder in (self.processes, self.logs):
            folder.mkdir(exist_ok=True)

    def exists(self):
        """Whether a stack was ever started here."""
        return self.processes.is_dir()

    def record(self, name):
        """File that says which process a server is."""
        return self.processes / (name + ".json")

    def log(self, name):
        """File that a server's log goes to."""
        return self.logs / (name + ".log")

    def output(self, name):
        """File that a server's stdout and stderr go to."""
        return self.logs / (name + ".out")

    def data(self, name, mode=0o700):
        """Folder for what a server keeps."""
        folder = self.root / name
        if not folder.is_dir():
            folder.mkdir()
            folder.chmod(mode)
        return folder


def write_private(path, text):
    """Replaces a file at once, for the eyes of its owner alone."""
    draft = path.with_name(path.name + ".new")
    draft.unlink() if draft.exists() else None
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(draft, path)


def read_json(path):
    """What a JSON file holds, or None where there is none."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
