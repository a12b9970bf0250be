"""Kafka's configuration."""

import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

from crimestack import ports, settings
from crimestack.kafka import Kafka
from crimestack.places import Directory


class Configuration(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.directory = Directory(Path(scratch.name))
        self.directory.make()
        usual = {port.variable: port.default for port in ports.PORTS}
        stack = SimpleNamespace(
            directory=self.directory, settings=settings.Settings(usual, 1, 4, 512), programs={}, java=None
        )
        self.kafka = Kafka(stack)
        formatted = self.directory.data("kafka") / "data" / "meta.properties"
        formatted.parent.mkdir()
        formatted.write_text("")

    def written(self):
        self.kafka.prepare()
        text = (self.directory.data("kafka") / "server.properties").read_text()
        return dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))

    def test_listens_on_this_machine_only(self):
        found = self.written()
        self.assertIn("PLAINTEXT://127.0.0.1:9092", found["listeners"])
        self.assertEqual(found["log.retention.ms"], "-1")

    def test_own_settings_come_last_and_count(self):
        self.directory.kafka_properties.write_text("log.segment.bytes=1048576\n")
        found = self.written()
        self.assertEqual(found["log.segment.bytes"], "1048576")
        self.assertIn("PLAINTEXT://127.0.0.1:9092", found["listeners"])


if __name__ == "__main__":
    unittest.main()
