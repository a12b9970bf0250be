"""What is fetched: refused unless it is exactly what the list says; unpacked only where it belongs."""

import hashlib
import io
import tarfile
import tempfile
import unittest
import unittest.mock
from pathlib import Path

from crimestack import fetch, pieces
from crimestack.errors import StackError
from crimestack.progress import Progress

CONTENT = b"a jar"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Scratch(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)


class Verifying(Scratch):
    def refused(self, expected, *words):
        with self.assertRaises(StackError) as caught:
            fetch.verify(expected, self.folder, "kafka")
        for word in words:
            self.assertIn(word, str(caught.exception))

    def test_takes_what_the_list_says(self):
        (self.folder / "a.jar").write_bytes(CONTENT)
        fetch.verify({"a.jar": DIGEST}, self.folder, "kafka")

    def test_refuses_another_content_and_says_both_sums(self):
        (self.folder / "a.jar").write_bytes(b"another jar")
        self.refused({"a.jar": DIGEST}, "kafka/a.jar", DIGEST, hashlib.sha256(b"another jar").hexdigest())

    def test_refuses_a_file_that_is_missing(self):
        self.refused({"a.jar": DIGEST}, "kafka/a.jar did not come")

    def test_refuses_a_file_that_is_not_in_the_list(self):
        (self.folder / "a.jar").write_bytes(CONTENT)
        (self.folder / "b.jar").write_bytes(CONTENT)
        self.refused({"a.jar": DIGEST}, "kafka/b.jar came, but is not in the list")

    def test_nothing_damaged_gets_into_the_cache(self):
        class Damaged(pieces.Piece):
            def files(self):
                return {"a.jar": DIGEST}

        def bring(some, work, progress):
            (work / "kafka").mkdir()
            (work / "kafka" / "a.jar").write_bytes(b"another jar")

        with unittest.mock.patch.object(fetch, "_by_maven", bring):
            with self.assertRaisesRegex(StackError, "has SHA-256"):
                fetch.ensure([Damaged("kafka")], self.folder, None, Progress(io.StringIO()))
        self.assertEqual([file.name for file in self.folder.iterdir()], ["lock"])


class Cached(Scratch):
    def test_a_second_time_nothing_is_fetched(self):
        (self.folder / pieces.KAFKA.key()).mkdir()
        with unittest.mock.patch.object(fetch, "_run", side_effect=AssertionError("it was fetched")):
            places = fetch.ensure([pieces.KAFKA], self.folder, None, Progress(io.StringIO()))
        self.assertEqual(places, {"kafka": self.folder / pieces.KAFKA.key()})

    def test_another_checksum_is_another_piece(self):
        before = pieces.KAFKA.key()
        changed = {**pieces.KAFKA.files(), "one-more.jar": DIGEST}
        with unittest.mock.patch.object(pieces.Piece, "files", lambda self: changed):
            self.assertNotEqual(pieces.KAFKA.key(), before)


class List(Scratch):
    def test_every_piece_has_files(self):
        self.assertEqual({name.split("/")[0] for name in pieces.checksums()}, {piece.name for piece in pieces.ALL})

    def test_a_broken_line_is_said_by_number(self):
        broken = self.folder / "checksums.txt"
        broken.write_text(f"# words\n{DIGEST}  kafka/a.jar\n{DIGEST} kafka/b.jar\n")
        with self.assertRaisesRegex(StackError, "line 3"):
            pieces.checksums(broken)


class Unpacking(Scratch):
    def archive(self, name, **more):
        member = tarfile.TarInfo(name)
        for key, value in more.items():
            setattr(member, key, value)
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as tar:
            tar.addfile(member, io.BytesIO(CONTENT) if member.size else None)
        stream.seek(0)
        return tarfile.open(fileobj=stream)

    def test_a_file_comes_out_with_its_right_to_be_executed(self):
        target = self.folder / "out"
        with self.archive("bin/run", size=len(CONTENT), mode=0o755) as tar:
            pieces.extract(tar, target)
        self.assertEqual((target / "bin" / "run").read_bytes(), CONTENT)
        self.assertTrue((target / "bin" / "run").stat().st_mode & 0o100)

    def test_nothing_is_written_outside(self):
        for name in ("../evil", "a/../../evil"):
            with self.archive(name, size=len(CONTENT)) as tar:
                with self.assertRaisesRegex(StackError, "outside"):
                    pieces.extract(tar, self.folder / "out")
        self.assertFalse((self.folder / "evil").exists())

    def test_a_link_elsewhere_is_refused(self):
        with self.archive("lib/link", type=tarfile.SYMTYPE, linkname="/etc/passwd") as tar:
            with self.assertRaisesRegex(StackError, "neither"):
                pieces.extract(tar, self.folder / "out")


if __name__ == "__main__":
    unittest.main()
