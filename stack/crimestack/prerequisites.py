"""What must be on the machine. Everything that is missing is said at once, one line each, with how to get it."""

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from .errors import StackError

JAVA_VERSIONS = (11, 17)
GET_JAVA = "install one (Debian, Ubuntu: apt install openjdk-17-jdk-headless) or point JAVA_HOME at it"
TOOL_SECONDS = 60


class Java:
    """A JDK that Flink 1.16, Kafka 3.9 and Elasticsearch 7.17 all run on."""

    def __init__(self, home, version):
        self.home = home
        self.version = version

    @property
    def java(self):
        """The launcher."""
        return str(self.home / "bin" / "java")

    @property
    def javac(self):
        """The compiler."""
        return str(self.home / "bin" / "javac")


def java(environment=os.environ):
    """The JDK of JAVA_HOME, else of PATH."""
    if environment.get("JAVA_HOME"):
        home, origin = Path(environment["JAVA_HOME"]), "JAVA_HOME"
        if not (home / "bin" / "java").is_file():
            raise StackError(f"JAVA_HOME is {home}, but there is no bin/java in it: {GET_JAVA}.")
    else:
        found = shutil.which("java", path=environment.get("PATH"))
        if found is None:
            raise StackError(f"there is no Java: a JDK 11 or 17 is needed, {GET_JAVA}.")
        home, origin = Path(found).resolve().parent.parent, "PATH"
    version = _java_version(home)
    if version not in JAVA_VERSIONS:
        raise StackError(
            f"the Java of {origin} ({home}) is version {version}, but Flink 1.16 needs 11 or 17: {GET_JAVA}."
        )
    return Java(home, version)


def _java_version(home):
    release = home / "release"
    match = None
    if release.is_file():
        match = re.search(r'^JAVA_VERSION="(\d+)', release.read_text(encoding="utf-8"), re.MULTILINE)
    if match is None:
        try:
            answer = subprocess.run(
                [str(home / "bin" / "java"), "-version"], capture_output=True, text=True, timeout=TOOL_SECONDS
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise StackError(f"{home}/bin/java does not say its version ({error}): {GET_JAVA}.") from error
        match = re.search(r'version "(\d+)', answer.stderr + answer.stdout)
    return int(match.group(1)) if match else "unknown"


def check_machine(machine=None, system=None):
    """The binaries that are fetched are for one kind of machine."""
    system, machine = system or platform.system(), machine or platform.machine()
    if (system, machine) != ("Linux", "x86_64"):
        raise StackError(
            f"this is {system} on {machine}, but PostgreSQL is fetched for Linux on x86_64 only: "
            "use docker-compose.yml instead."
        )


def check_tools(pieces, jdk):
    """What is needed to fetch these pieces, and to run nothing."""
    missing = []
    if any(piece.by_maven for piece in pieces) and shutil.which("mvn") is None:
        missing.append("there is no Maven (mvn): install it (Debian, Ubuntu: apt install maven).")
    if any(not piece.by_maven for piece in pieces) and not _has_pip():
        missing.append(
            f"{sys.executable} has no pip: install it (Debian, Ubuntu: apt install python3-pip; "
            "elsewhere: python3 -m ensurepip)."
        )
    if any(piece.sources for piece in pieces) and not Path(jdk.javac).is_file():
        missing.append(f"{jdk.home} is a Java runtime without javac: {GET_JAVA}.")
    if missing:
        raise StackError("\n".join(missing))


def _has_pip():
    answer = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, timeout=TOOL_SECONDS)
    return answer.returncode == 0
