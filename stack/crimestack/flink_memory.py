"""How a Flink process's memory is divided. All in MiB.

Flink's own scripts compute this in a JVM of its own before each start; with every part given there is nothing to
compute, and a reader sees what goes where.
"""

# The JobManager runs main() of submitted jars, too: it needs room for classes, hardly for data.
JOB_MANAGER = {
    "jobmanager.memory.heap.size": 512,
    "jobmanager.memory.off-heap.size": 128,
    "jobmanager.memory.jvm-metaspace.size": 256,
    "jobmanager.memory.jvm-overhead.min": 128,
    "jobmanager.memory.jvm-overhead.max": 128,
}


def task_manager(task_heap):
    """Parts of a TaskManager's memory; with the default task heap of 512 they add up to 1600."""
    return {
        "taskmanager.memory.framework.heap.size": 128,
        "taskmanager.memory.task.heap.size": task_heap,
        # State is on the heap (hashmap backend), so Flink manages none outside of it.
        "taskmanager.memory.managed.size": 0,
        "taskmanager.memory.framework.off-heap.size": 128,
        "taskmanager.memory.task.off-heap.size": 64,
        "taskmanager.memory.network.min": 128,
        "taskmanager.memory.network.max": 128,
        # Each submitted jar brings its classes, and an old job's are freed late.
        "taskmanager.memory.jvm-metaspace.size": 256,
        # Native code: the components' compiled code and linear memories, thread stacks, the JIT's code.
        "taskmanager.memory.jvm-overhead.min": 384,
        "taskmanager.memory.jvm-overhead.max": 384,
    }


def total(parts):
    """The whole process."""
    return sum(size for name, size in parts.items() if not name.endswith(".min"))


def job_manager_options():
    """Limits for the JobManager's JVM."""
    return _limits(JOB_MANAGER["jobmanager.memory.off-heap.size"], JOB_MANAGER["jobmanager.memory.jvm-metaspace.size"])


def job_manager_heap():
    """The JobManager's heap."""
    return JOB_MANAGER["jobmanager.memory.heap.size"]


def task_manager_heap(parts):
    """A TaskManager's heap."""
    return parts["taskmanager.memory.framework.heap.size"] + parts["taskmanager.memory.task.heap.size"]


def task_manager_options(parts):
    """Limits for a TaskManager's JVM."""
    direct = (
        parts["taskmanager.memory.framework.off-heap.size"]
        + parts["taskmanager.memory.task.off-heap.size"]
        + parts["taskmanager.memory.network.max"]
    )
    return _limits(direct, parts["taskmanager.memory.jvm-metaspace.size"])


def _limits(direct, metaspace):
    return [f"-XX:MaxDirectMemorySize={direct}m", f"-XX:MaxMetaspaceSize={metaspace}m"]


def lines(parts):
    """As lines of flink-conf.yaml."""
    return "".join(f"{name}: {size}m\n" for name, size in parts.items())
