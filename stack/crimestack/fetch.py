"""Brings pieces into the cache: fetched by Maven and pip, compared with checksums.txt, put in place at once."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from . import lock
from .errors import StackError
from .pieces import FlinkDistribution
from .places import CHECKSUMS, STACK
from .prerequisites import check_tools

MEGABYTE = 1_000_000
LAST_LINES = 15


def ensure(pieces, cache, jdk, progress):
    """Makes sure that all pieces are in the cache. Touches no network if they are.

    Returns where each is, by name.
    """
    places = {piece.name: cache / piece.key() for piece in pieces}
    if any(not place.is_dir() for place in places.values()):
        cache.mkdir(parents=True, exist_ok=True)
        waiting = f"another fetch is under way in {cache}; waiting for it"
        with lock.held(cache / "lock", lambda: progress.say(waiting)):
            missing = [piece for piece in pieces if not places[piece.name].is_dir()]
            if missing:
                check_tools(missing, jdk)
                _fetch(missing, cache, jdk, progress)
    return places


def check(pieces, cache, jdk):
    """Says what is missing on this machine to fetch what is missing in the cache."""
    check_tools([piece for piece in pieces if not (cache / piece.key()).is_dir()], jdk)


def _fetch(pieces, cache, jdk, progress):
    for stale in cache.glob("fetching-*"):
        shutil.rmtree(stale)  # of a fetch that was ended: we hold the lock
    with tempfile.TemporaryDirectory(prefix="fetching-", dir=cache) as folder:
        work = Path(folder)
        failures = []

        def attempt(way, some):
            try:
                way(some, work, progress)
                for piece in some:
                    verify(piece.files(), work / piece.name, piece.name)
                    _place(piece, work, cache, jdk)
            except Exception as error:  # whatever it is, it has to reach the main thread
                failures.append(error)

        ways = [
            (_by_maven, [piece for piece in pieces if piece.by_maven]),
            (_by_pip, [piece for piece in pieces if not piece.by_maven]),
        ]
        threads = [threading.Thread(target=attempt, args=way) for way in ways if way[1]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for failure in failures:
        if not isinstance(failure, StackError):
            raise failure
    if failures:
        raise StackError("\n".join(map(str, failures)))


def survey(pieces, cache, progress):
    """Name and SHA-256 of every file that Maven and pip bring for the pinned versions, whatever the list says."""
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="survey-", dir=cache) as folder:
        work = Path(folder)
        _by_maven([piece for piece in pieces if piece.by_maven], work, progress)
        _by_pip([piece for piece in pieces if not piece.by_maven], work, progress, trusting=True)
        for piece in pieces:
            for file in sorted(file for file in (work / piece.name).iterdir() if file.is_file()):
                yield f"{piece.name}/{file.name}", sha256(file)


def _place(piece, work, cache, jdk):
    made = work / (piece.name + ".made")
    made.mkdir()
    piece.assemble(work / piece.name, made, jdk)
    made.chmod(0o755)
    os.rename(made, cache / piece.key())


def verify(expected, folder, piece):
    """Refuses a folder that is not exactly the files that are expected."""
    found = {file.name: file for file in folder.iterdir() if file.is_file()} if folder.is_dir() else {}
    faults = [f"{piece}/{name} did not come" for name in sorted(expected.keys() - found.keys())]
    faults += [f"{piece}/{name} came, but is not in the list" for name in sorted(found.keys() - expected.keys())]
    for name in sorted(expected.keys() & found.keys()):
        actual = sha256(found[name])
        if actual != expected[name]:
            faults.append(f"{piece}/{name} has SHA-256 {actual}, but must have {expected[name]}")
    if faults:
        raise StackError(
            f"what was fetched is not what {CHECKSUMS.name} lists, so it is not used: {'; '.join(faults)}. "
            "If a local repository or proxy holds a damaged file, remove it there and try again."
        )


def sha256(path):
    """Digest of a file."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def _by_maven(pieces, work, progress):
    total = sum(len(piece.files()) for piece in pieces)
    names = ", ".join(piece.name for piece in pieces)
    progress.say(f"fetching {total} jars for {names} through Maven")
    command = ["mvn", "--batch-mode", "--file", str(STACK / "pom.xml")]
    command += ["--projects", ",".join(":" + piece.name for piece in pieces)]
    command += [f"-Dstack.target={work}", "dependency:copy-dependencies"]
    wanted = {name for piece in pieces for name in piece.files()}
    done = set()

    def tell(line):
        match = re.search(r"Downloaded from .*/(\S+)", line)
        if match and match.group(1) in wanted:
            done.add(match.group(1))
            progress.update("maven", f"  jar {len(done)} of {total}: {match.group(1)}")

    _run(command, tell, "Maven does not bring the jars")


def _by_pip(pieces, work, progress, trusting=False):
    source = ["--no-binary", ":all:"]
    binary = ["--only-binary", ":all:", "--python-version", "3.9", "--platform", "manylinux1_x86_64"]
    for piece in pieces:
        progress.say(f"fetching {piece.name} through pip (239 MB)")
        for requirement, suffix, options in (
            (FlinkDistribution.LIBRARIES, ".tar.gz", source),
            (FlinkDistribution.SCRIPTS, ".whl", binary),
        ):
            listed = requirement
            if not trusting:
                (digest,) = [digest for name, digest in piece.files().items() if name.endswith(suffix)]
                # pip runs code of a source package to look at it; with a hash, only of the right one.
                listed = f"{requirement} --hash=sha256:{digest}"
                options = ["--require-hashes", *options]
            _pip_download(requirement, listed, options, work / piece.name, progress)


def _pip_download(requirement, listed, options, target, progress):
    target.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pip-", dir=target.parent) as folder:
        scratch = Path(folder)
        requirements = scratch / "requirements.txt"
        requirements.write_text(listed + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--progress-bar", "off"]
        command += ["--disable-pip-version-check", *options, "--dest", str(target), "-r", str(requirements)]
        with _Watcher(scratch, requirement, progress):
            _run(command, lambda line: None, f"pip does not bring {requirement}", {"TMPDIR": str(scratch)})


class _Watcher:
    """Tells how large the file has grown that pip is writing: pip itself is silent in a pipe."""

    def __init__(self, folder, what, progress):
        self._folder, self._what, self._progress = folder, what, progress
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self._thread.start()

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()

    def _watch(self):
        told = MEGABYTE
        while not self._done.wait(0.5):
            sizes = [0]
            for file in self._folder.glob("pip-*/*"):
                try:
                    sizes.append(file.stat().st_size)
                except FileNotFoundError:
                    continue
            if max(sizes) > told:
                told = max(sizes)
                self._progress.update("pip", f"  {self._what}: {told // MEGABYTE} MB")


def _run(command, tell, complaint, environment=()):
    """Runs a tool, its output line by line to `tell`; the end of the output is the error's."""
    started = time.monotonic()
    lines = []
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**os.environ, **dict(environment)},
    ) as process:
        for line in process.stdout:
            lines.append(line.rstrip())
            tell(line)
    if process.returncode != 0:
        told = [line for line in lines if "[ERROR]" in line or "ERROR:" in line] or lines
        seconds = time.monotonic() - started
        raise StackError(
            f"{complaint} (exit code {process.returncode} after {seconds:.0f} s; is there a network?):\n"
            + "\n".join(told[-LAST_LINES:])
        )
