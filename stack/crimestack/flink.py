"""Flink as a session cluster: a JobManager and TaskManagers, each a JVM that is started without Flink's scripts."""

import secrets

from . import flink_memory, pieces
from .flink_home import FlinkHome
from .ports import address
from .server import Server, ask_json

JOB_MANAGER_CLASS = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
TASK_MANAGER_CLASS = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
ENDED = ("FINISHED", "FAILED", "CANCELED")


class FlinkJvm(Server):
    """A JVM with Flink's jars and configuration."""

    piece = pieces.FLINK

    @property
    def home(self):
        """The stack's own Flink home."""
        return FlinkHome(self.stack, self.program)

    def environment(self):
        environment = super().environment()
        for name in ("FLINK_CONF_DIR", "FLINK_HOME", "FLINK_PROPERTIES"):
            environment.pop(name, None)  # another Flink's
        environment["FLINK_CONF_DIR"] = str(self.home.conf)
        return environment

    def java(self, heap, limits, main_class, arguments):
        """Its command."""
        home = self.home
        options = [*limits, *home.java_options(), f"-Dlog4j.configurationFile=file:{home.conf}/log4j.properties"]
        return [*self.jvm(heap, options), "-cp", f"{home.path}/lib/*", main_class, *arguments]


class FlinkProcess(FlinkJvm):
    """What JobManager and TaskManager have in common."""

    port = "FLINK_PORT"

    def configured(self, dynamic):
        """Arguments of Flink's own main classes."""
        dynamic = [part for name, value in dynamic.items() for part in ("-D", f"{name}={value}")]
        return ["--configDir", str(self.home.conf), *dynamic]

    def ask(self, path):
        """An answer of Flink's REST interface, or words on why there is none."""
        return ask_json(f"http://{address(self.stack.settings.ports, self.port)}{path}")


class JobManager(FlinkProcess):
    """The JobManager: plans, checkpoints, and the web interface."""

    name = "jobmanager"
    title = "Flink JobManager"

    def command(self, details):
        # It plans and keeps watch: the quick compiler will do, and halves what its start costs.
        limits = ["-Xms256m", *flink_memory.job_manager_options(), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        return self.java(flink_memory.job_manager_heap(), limits, JOB_MANAGER_CLASS, self.configured({}))

    def not_ready(self):
        return self.ask("/overview")[1]

    def jobs_to_come(self):
        """A sentence on each job that goes on although what it has written was removed."""
        answer, problem = self.ask("/jobs/overview")
        if problem:
            return [f"{self.title} {problem}; jobs that it ran come back with it, 'up --forget-jobs' prevents it."]
        jobs = [job["jid"] for job in answer["jobs"] if job["state"] not in ENDED]
        return [f"job {job} runs and goes on from where it is; what it wrote before is gone." for job in jobs]


class TaskManager(FlinkProcess):
    """A TaskManager: the slots that tasks run in."""

    title = "Flink TaskManager"

    def __init__(self, stack, number):
        super().__init__(stack)
        self.number = number
        self.name = f"taskmanager-{number}"

    def details(self):
        # A new id at each start: by it we see whether this start has registered, not the one that was killed.
        return {"id": f"{self.name}-{secrets.token_hex(4)}", "slots": self.stack.settings.slots}

    def command(self, details):
        parts = flink_memory.task_manager(self.stack.settings.task_heap)
        dynamic = {"taskmanager.cpu.cores": float(details["slots"]), "taskmanager.resource-id": details["id"]}
        limits = ["-Xms256m", *flink_memory.task_manager_options(parts)]
        return self.java(flink_memory.task_manager_heap(parts), limits, TASK_MANAGER_CLASS, self.configured(dynamic))

    @property
    def address(self):
        return f"{self.stack.settings.slots} slots"

    def not_ready(self):
        process = self.process
        if not process.known:
            return "was never started"
        answer, problem = self.ask("/taskmanagers")
        if problem:
            return f"JobManager {problem}"
        for one in answer["taskmanagers"]:
            if one["id"] == process.details["id"] and one["slotsNumber"] == process.details["slots"]:
                return None
        return "has not registered at the JobManager"
