"""Files that others read: the environment, the settings, Flink's configuration."""

import re
import stat
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

from crimestack import env, flink_memory, ports, settings
from crimestack.errors import StackError
from crimestack.flink_home import FlinkHome
from crimestack.places import Directory
from crimestack.prerequisites import Java

VARIABLES = [
    "KAFKA_BOOTSTRAP",
    "KAFKA_HOME",
    "FLINK_URL",
    "FLINK_HOME",
    "PGHOST",
    "PGPORT",
    "PGDATABASE",
    "PGUSER",
    "PGPASSWORD",
    "PGSUPERPASSWORD",
    "ES_URL",
]


class Files(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.directory = Directory(Path(scratch.name) / "stack")
        self.directory.make()
        self.program = Path(scratch.name) / "program"
        for file in ("bin/flink", "bin/config.sh", "conf/flink-conf.yaml", "lib/a.jar", "opt/b.jar", "plugins/x/c.jar"):
            (self.program / file).parent.mkdir(parents=True, exist_ok=True)
            (self.program / file).write_text("")

    def stack(self, java=17):
        usual = {port.variable: port.default for port in ports.PORTS}
        return SimpleNamespace(
            directory=self.directory,
            settings=settings.Settings(usual, 1, 4, 512),
            passwords=settings.passwords(self.directory),
            programs={"flink": self.program, "kafka": self.program},
            java=Java(Path("/jdk"), java),
        )

    def test_every_variable_is_a_line_that_its_owner_alone_can_read(self):
        env.write(self.stack())
        lines = self.directory.environment.read_text().splitlines()
        self.assertEqual([line.partition("=")[0] for line in lines], VARIABLES)
        self.assertTrue(all(re.fullmatch(r"[A-Z_]+=[^\s'\"]+", line) for line in lines), lines)
        self.assertIn("FLINK_URL=http://127.0.0.1:8081", lines)
        self.assertEqual(stat.S_IMODE(self.directory.environment.stat().st_mode), 0o600)

    def test_passwords_are_long_differ_and_stay(self):
        first = settings.passwords(self.directory)
        self.assertEqual(settings.passwords(self.directory), first)
        self.assertEqual(len(set(first.values())), 2)
        self.assertTrue(all(len(password) >= 32 for password in first.values()))
        self.assertEqual(stat.S_IMODE(self.directory.secrets.stat().st_mode), 0o600)

    def test_settings_come_back_as_they_were_saved(self):
        saved = self.stack().settings
        saved.save(self.directory)
        self.assertEqual(vars(settings.Settings.load(self.directory)), vars(saved))

    def test_a_stack_of_an_earlier_version_gets_the_usual_port_of_what_is_new(self):
        saved = self.stack().settings
        del saved.ports["ZOOKEEPER_PORT"]
        saved.save(self.directory)
        self.assertEqual(settings.Settings.load(self.directory).ports["ZOOKEEPER_PORT"], 2181)

    def test_sizes_have_limits(self):
        self.assertEqual(settings.size("slots", None, None, 4), 4)
        self.assertEqual(settings.size("slots", None, 2, 4), 2)
        self.assertEqual(settings.size("slots", 1, 2, 4), 1)
        for value in (0, -1, 65):
            with self.assertRaisesRegex(StackError, "--slots is"):
                settings.size("slots", value, None, 4)

    def configuration(self, java):
        home = FlinkHome(self.stack(java), self.program)
        home.make()
        return (home.conf / "flink-conf.yaml").read_text(), home

    def test_flinks_home_is_whole_and_made_anew_each_time(self):
        for _ in range(2):
            text, home = self.configuration(17)
            self.assertTrue((home.path / "lib" / "a.jar").is_symlink())
            self.assertTrue((home.path / "plugins" / "x" / "c.jar").is_symlink())
            self.assertFalse((home.path / "bin" / "flink").is_symlink())
        self.assertIn("taskmanager.numberOfTaskSlots: 4\n", text)

    def test_only_a_newer_java_is_opened_and_no_time_zone_is_set(self):
        self.assertIn("--add-opens=java.base/java.lang=ALL-UNNAMED", self.configuration(17)[0])
        self.assertNotIn("--add-opens", self.configuration(11)[0])
        self.assertNotIn("timezone", self.configuration(17)[0])

    def test_every_address_of_flink_is_the_loopback(self):
        text, _ = self.configuration(17)
        for key in ("rest.bind-address", "jobmanager.bind-host", "taskmanager.bind-host"):
            self.assertIn(f"{key}: 127.0.0.1\n", text)

    def test_flink_is_highly_available_on_ports_of_the_stack(self):
        text, home = self.configuration(17)
        lines = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line and not line.startswith("#"))
        self.assertEqual(lines["high-availability.zookeeper.quorum"], "127.0.0.1:2181")
        # without it, a JobManager that comes back would listen anywhere
        self.assertEqual(lines["high-availability.jobmanager.port"], lines["jobmanager.rpc.port"])
        for name in ("high-availability.storageDir", "state.checkpoints.dir", "state.savepoints.dir"):
            self.assertTrue(Path(lines[name][len("file://") :]).is_dir(), name)

    def test_a_task_managers_parts_are_its_whole(self):
        self.assertEqual(flink_memory.total(flink_memory.task_manager(512)), 1600)
        self.assertEqual(flink_memory.total(flink_memory.JOB_MANAGER), 1024)


if __name__ == "__main__":
    unittest.main()
