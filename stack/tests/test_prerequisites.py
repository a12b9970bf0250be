"""What is missing is said in a sentence that also says how to get it."""

import subprocess
import sys
import tempfile
import unittest
import unittest.mock
from pathlib import Path

from crimestack import pieces, prerequisites
from crimestack.errors import StackError
from crimestack.prerequisites import Java


class JavaHomes(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.home = Path(scratch.name) / "jdk"

    def jdk(self, release):
        (self.home / "bin").mkdir(parents=True)
        (self.home / "bin" / "java").touch(0o755)
        (self.home / "release").write_text(release)
        return {"JAVA_HOME": str(self.home)}

    def test_11_and_17_will_do(self):
        self.assertEqual(prerequisites.java(self.jdk('IMPLEMENTOR="X"\nJAVA_VERSION="11.0.20"\n')).version, 11)

    def test_others_will_not(self):
        with self.assertRaisesRegex(StackError, "version 21, but Flink 1.16 needs 11 or 17: install"):
            prerequisites.java(self.jdk('JAVA_VERSION="21.0.1"\n'))

    def test_a_wrong_home_is_said(self):
        with self.assertRaisesRegex(StackError, "JAVA_HOME is .* no bin/java"):
            prerequisites.java({"JAVA_HOME": str(self.home)})

    def test_none_at_all_is_said(self):
        with self.assertRaisesRegex(StackError, "there is no Java.*install"):
            prerequisites.java({"PATH": str(self.home)})


class Tools(unittest.TestCase):
    def test_all_that_is_missing_is_said_at_once(self):
        with unittest.mock.patch("shutil.which", return_value=None):
            with unittest.mock.patch.object(prerequisites, "_has_pip", return_value=False):
                with self.assertRaises(StackError) as caught:
                    prerequisites.check_tools(pieces.ALL, Java(Path("/jre"), 17))
        lines = str(caught.exception).splitlines()
        self.assertEqual(len(lines), 3)
        for line, word in zip(lines, ("Maven", "pip", "javac")):
            self.assertIn(word, line)
            self.assertIn("install", line)

    def test_what_is_not_needed_is_not_missed(self):
        with unittest.mock.patch("shutil.which", return_value=None):
            prerequisites.check_tools([pieces.FLINK], Java(Path("/jre"), 17))

    def test_another_machine_is_sent_to_containers(self):
        with self.assertRaisesRegex(StackError, "Darwin on arm64.*docker-compose.yml"):
            prerequisites.check_machine("arm64", "Darwin")


class Command(unittest.TestCase):
    def run_stack(self, *arguments):
        program = Path(prerequisites.__file__).resolve().parent.parent / "stack"
        return subprocess.run([sys.executable, str(program), *arguments], capture_output=True, text=True)

    def test_without_a_verb_it_is_an_error_of_usage(self):
        answer = self.run_stack()
        self.assertEqual(answer.returncode, 2)
        self.assertIn("usage: stack", answer.stderr)

    def test_a_stack_that_was_never_started(self):
        with tempfile.TemporaryDirectory() as folder:
            for arguments in (("status",), ("kill", "kafka"), ("logs", "kafka")):
                answer = self.run_stack(*arguments, "--dir", folder + "/none")
                self.assertEqual(answer.returncode, 1, answer.stderr)
                self.assertIn("no stack was started", answer.stderr)
            answer = self.run_stack("down", "--dir", folder + "/none")
            self.assertEqual((answer.returncode, answer.stderr), (0, ""))
            self.assertFalse((Path(folder) / "none").exists())


if __name__ == "__main__":
    unittest.main()
