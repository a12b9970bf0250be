"""The servers' programs as they lie in the cache: what each is made of and how it is put together."""

import hashlib
import io
import shutil
import subprocess
import tarfile
import zipfile

from .errors import StackError
from .places import CHECKSUMS, STACK

# Raised when the way a piece is put together changes, so that old ones in the cache are not taken for new ones.
LAYOUT = 1


class Piece:
    """One server's program."""

    by_maven = True
    # Java files that are compiled against the piece's own jars.
    sources = ()

    def __init__(self, name):
        self.name = name

    def files(self):
        """Names and SHA-256 of all files that are fetched for it."""
        return {
            path.split("/", 1)[1]: digest for path, digest in checksums().items() if path.split("/", 1)[0] == self.name
        }

    def key(self):
        """Names the content: the same key is the same piece, on any clone."""
        digest = hashlib.sha256(f"{LAYOUT}\n".encode())
        for name, checksum in sorted(self.files().items()):
            digest.update(f"{checksum} {name}\n".encode())
        for source in self.sources:
            digest.update(source.read_bytes())
        return f"{self.name}-{digest.hexdigest()[:16]}"

    def assemble(self, fetched, target, jdk):
        """Makes the piece in `target` from files that were fetched and checked."""
        shutil.copytree(fetched, target / "lib")


class Compiled(Piece):
    """Jars and a class of our own."""

    def __init__(self, name, sources):
        super().__init__(name)
        self.sources = sources

    def assemble(self, fetched, target, jdk):
        super().assemble(fetched, target, jdk)
        command = [jdk.javac, "--release", "11", "-encoding", "UTF-8", "-cp", f"{target}/lib/*"]
        command += ["-d", str(target / "classes"), *map(str, self.sources)]
        answer = subprocess.run(command, capture_output=True, text=True)
        if answer.returncode != 0:
            raise StackError(f"javac does not compile {self.sources[0].name}:\n{answer.stderr.strip()}")


class PostgresBinaries(Piece):
    """A tar inside a jar."""

    def assemble(self, fetched, target, jdk):
        (jar,) = fetched.glob("*.jar")
        with zipfile.ZipFile(jar) as archive:
            (name,) = [name for name in archive.namelist() if name.endswith(".txz")]
            packed = archive.read(name)
        with tarfile.open(fileobj=io.BytesIO(_unxz(packed))) as tar:
            extract(tar, target)


def _unxz(packed):
    try:
        import lzma
    except ImportError:  # a Python that was built without it
        try:
            return subprocess.run(
                ["xz", "--decompress", "--stdout"], input=packed, check=True, stdout=subprocess.PIPE
            ).stdout
        except (OSError, subprocess.CalledProcessError) as error:
            raise StackError(
                f"PostgreSQL's archive can't be unpacked ({error}): this Python has no lzma module, so the xz tool is "
                "needed (Debian, Ubuntu: apt install xz-utils)."
            ) from error
    return lzma.decompress(packed)


class FlinkDistribution(Piece):
    """Jars from one Python package, scripts from another: together the distribution."""

    by_maven = False
    LIBRARIES = "apache-flink-libraries==1.16.3"
    SCRIPTS = "apache-flink==1.16.3"

    def assemble(self, fetched, target, jdk):
        (sdist,) = fetched.glob("*.tar.gz")
        with tarfile.open(sdist) as tar:
            extract(tar, target, strip=2, only="deps/")
        (wheel,) = fetched.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if name.startswith(("pyflink/bin/", "pyflink/conf/")) and not name.endswith((".bat", "/")):
                    file = target / name[len("pyflink/") :]
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(archive.read(name))
                    file.chmod(0o755 if file.parent.name == "bin" else 0o644)


def extract(tar, target, strip=0, only=""):
    """Unpacks regular files, folders and links that stay inside; anything else in a checked archive is a surprise."""
    for member in tar:
        parts = member.name.split("/")
        if not "/".join(parts[1:] if strip else parts).startswith(only):
            continue
        relative = "/".join(parts[strip:])
        if not relative or relative == ".":
            continue
        inside = (target / relative).resolve()
        if target.resolve() not in inside.parents:
            raise StackError(f"{member.name} of {tar.name} would be written outside of its folder.")
        if member.isdir():
            inside.mkdir(parents=True, exist_ok=True)
        elif member.isfile():
            inside.parent.mkdir(parents=True, exist_ok=True)
            with tar.extractfile(member) as source, open(inside, "wb") as file:
                shutil.copyfileobj(source, file)
            inside.chmod(0o755 if member.mode & 0o100 else 0o644)
        elif member.issym() and "/" not in member.linkname:
            place = target / relative
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(member.linkname)
        else:
            raise StackError(f"{member.name} of {tar.name} is neither a file, a folder nor a link beside itself.")


def checksums(path=CHECKSUMS):
    """Every line of checksums.txt: piece/file and SHA-256."""
    found = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        digest, separator, name = line.partition("  ")
        if not separator or len(digest) != 64 or "/" not in name:
            raise StackError(f"{path}, line {number}: must be a SHA-256, two spaces and piece/file, but is '{line}'.")
        found[name] = digest
    return found


KAFKA = Piece("kafka")
FLINK = FlinkDistribution("flink")
POSTGRES = PostgresBinaries("postgres")
ELASTICSEARCH = Compiled("elasticsearch", (STACK / "elasticsearch" / "LoopbackNode.java",))
ALL = (KAFKA, FLINK, POSTGRES, ELASTICSEARCH)
