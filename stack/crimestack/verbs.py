"""What each verb does. Each takes the directory and the arguments, and gives an exit code."""

import shutil
import signal
import sys

from . import boot, env, fetch, pieces, ports, prerequisites, process, status
from .elasticsearch import Elasticsearch
from .errors import StackError
from .flink import FlinkJvm, FlinkProcess, JobManager, TaskManager
from .flink_home import FlinkHome
from .lock import held
from .places import cache
from .postgres import Postgres
from .postgres_home import remove_outside
from .progress import Progress
from .settings import DEFAULT_SLOTS, DEFAULT_TASK_HEAP, DEFAULT_TASK_MANAGERS, Settings, size
from .stack import Stack
from .zookeeper import ZooKeeper

OK, NOT_UP = 0, 1


def up(directory, given):
    """Starts what does not run."""
    progress = Progress()
    prerequisites.check_machine()
    fetch.check(pieces.ALL, cache(), prerequisites.java())
    directory.make()
    with _locked(directory, progress):
        before = Settings.load(directory)
        known = Stack(directory, before, progress).servers() if before else []
        running = [server for server in known if server.process.is_alive()]
        _check_not_frozen(running)
        reservation = ports.Reservation()
        stack = Stack(directory, _settings(given, before, running, reservation), progress)
        _check_change(stack.settings, before, running)
        down_now = {server.name for server in stack.servers() if not server.process.is_alive()}
        ports.check_free(stack.settings.ports, down_now, reservation)
        stack.settings.save(directory)
        if given.forget_jobs:
            _forget_jobs(stack, running)
        if "jobmanager" in down_now:
            FlinkHome(stack, stack.programs["flink"]).make()
        env.write(stack)
        reservation.release()
        boot.Boot(stack.servers(), progress).run()
    print(_where(stack))
    return OK


def _settings(given, before, running, reservation):
    remembered = before.ports if before else {}
    flags = {port.variable: getattr(given, port.variable) for port in ports.PORTS}
    return Settings(
        ports.choose(given.ports, flags, remembered, reservation, {server.name for server in running}),
        size("task_managers", given.task_managers, before and before.task_managers, DEFAULT_TASK_MANAGERS),
        size("slots", given.slots, before and before.slots, DEFAULT_SLOTS),
        size("task_heap", given.task_heap, before and before.task_heap, DEFAULT_TASK_HEAP),
    )


def _forget_jobs(stack, running):
    """Flink must not run: who has seen ZooKeeper's data does not come back to an empty one."""
    if any(isinstance(server, FlinkJvm) for server in running):
        raise StackError("Flink runs, so its jobs are not forgotten: cancel them, or run 'stack down' first.")
    stack.server(ZooKeeper.name).forget()
    FlinkHome(stack, stack.programs["flink"]).forget_jobs()


def _check_not_frozen(servers):
    """What is frozen would be waited for in vain."""
    for server in servers:
        if server.process.is_frozen():
            raise StackError(f"{server.title} is frozen: run 'stack thaw {server.name}' first.")


def _check_change(settings, before, running):
    """What runs can't be changed while it runs; the number of TaskManagers only upwards."""
    names = {server.name for server in running}
    flink_runs = any(isinstance(server, FlinkProcess) for server in running)
    changed = [
        f"{port.what} runs on port {before.ports[port.variable]}, not {settings.ports[port.variable]}"
        for port in ports.PORTS
        if port.server in names and before.ports[port.variable] != settings.ports[port.variable]
    ]
    if flink_runs:
        changed += [
            f"Flink runs with --{what.replace('_', '-')} {getattr(before, what)}, not {getattr(settings, what)}"
            for what in ("slots", "task_heap")
            if getattr(before, what) != getattr(settings, what)
        ]
        if settings.task_managers < before.task_managers:
            changed.append(f"{before.task_managers} TaskManagers run, not {settings.task_managers}")
    if changed:
        raise StackError(f"{'; '.join(changed)}: run 'stack down' first.")


def _where(stack):
    known = env.values(stack)
    return "\n".join(
        (
            f"Kafka          {known['KAFKA_BOOTSTRAP']}",
            f"Flink          {known['FLINK_URL']}",
            f"PostgreSQL     {known['PGHOST']}:{known['PGPORT']}, database {known['PGDATABASE']}",
            f"Elasticsearch  {known['ES_URL']}",
            f"How to reach them, with passwords: {stack.directory.environment}",
        )
    )


def down(directory, given):
    """Stops everything."""
    if directory.exists():
        with _locked(directory, Progress()):
            _stop_all(directory)
    return OK


def _stop_all(directory):
    stack = _known(directory)
    if stack is None:
        return
    servers = [server for server in stack.servers() if server.process.known]
    flink = [server for server in servers if isinstance(server, FlinkProcess)]
    # What uses the others goes first, so that it does not complain about them.
    boot.stop(flink)
    boot.stop([server for server in servers if server not in flink])


def empty(directory, given):
    """Removes what the job has written to PostgreSQL and Elasticsearch."""
    stack = _must_be_known(directory)
    with _locked(directory, stack.progress):
        for server in stack.servers():
            if isinstance(server, (Postgres, Elasticsearch)):
                server.empty()
        for words in stack.server(JobManager.name).jobs_to_come():
            print(f"stack: {words}", file=sys.stderr)
    return OK


def clean(directory, given):
    """Stops everything and removes the directory."""
    if not directory.exists():
        return OK
    with _locked(directory, Progress()):
        _stop_all(directory)
        remove_outside(directory)
        shutil.rmtree(directory.root)
    return OK


def show_status(directory, given):
    """Prints the table."""
    stack = _must_be_known(directory)
    table, all_up = status.rows(stack.servers())
    print(status.text(table))
    return OK if all_up else NOT_UP


def start(directory, given):
    """Starts one server again."""
    stack = _must_be_known(directory)
    with _locked(directory, stack.progress):
        server = stack.server(given.name)
        if not server.process.is_alive():
            ports.check_free(stack.settings.ports, {server.name})
        # TaskManagers come back to a JobManager by themselves; it is of use when they have.
        clients = [one for one in stack.servers() if isinstance(one, TaskManager) and one.process.is_alive()]
        clients = [one for one in clients if not one.process.is_frozen()]
        _check_not_frozen([server])
        boot.Boot([server, *clients] if server.name == JobManager.name else [server], stack.progress).run()
    return OK


def stop(directory, given):
    """Stops one server."""
    stack = _must_be_known(directory)
    with _locked(directory, stack.progress):
        boot.stop([stack.server(given.name)])
    return OK


def kill(directory, given):
    """Kills one server."""
    stack = _must_be_known(directory)
    with _locked(directory, stack.progress):
        server = _must_run(stack, given)
        server.process.end(signal.SIGKILL, server.stop_seconds)
    return OK


def freeze(directory, given):
    """Makes one server stand still."""
    stack = _must_be_known(directory)
    with _locked(directory, stack.progress):
        _must_run(stack, given).process.freeze()
    return OK


def thaw(directory, given):
    """Lets one server go on."""
    stack = _must_be_known(directory)
    with _locked(directory, stack.progress):
        _must_run(stack, given).process.thaw()
    return OK


def _must_run(stack, given):
    server = stack.server(given.name)
    if not server.process.is_alive():
        raise StackError(f"{server.title} ({server.name}) does not run, so there is nothing to {given.verb}.")
    return server


def logs(directory, given):
    """Prints the end of a log."""
    server = _must_be_known(directory).server(given.name)
    for log in server.logs():
        words = process.tail(log, given.lines)
        if words:
            print(f"{log}:\n{words}")
    return OK


def fetch_only(directory, given):
    """Fills the cache."""
    prerequisites.check_machine()
    fetch.ensure(pieces.ALL, cache(), prerequisites.java(), Progress())
    return OK


def checksums(directory, given):
    """Prints checksums of what the pinned versions give today."""
    for name, digest in fetch.survey(pieces.ALL, cache(), Progress()):
        print(f"{digest}  {name}")
    return OK


def _locked(directory, progress):
    waiting = f"another 'stack' is at work in {directory.root}; waiting for it"
    return held(directory.lock, lambda: progress.say(waiting))


def _known(directory):
    settings = Settings.load(directory)
    return None if settings is None else Stack(directory, settings, Progress())


def _must_be_known(directory):
    stack = _known(directory)
    if stack is None:
        raise StackError(f"no stack was started in {directory.root}; 'stack up' starts one.")
    return stack


ALL = {
    "up": up,
    "down": down,
    "status": show_status,
    "empty": empty,
    "clean": clean,
    "start": start,
    "stop": stop,
    "kill": kill,
    "freeze": freeze,
    "thaw": thaw,
    "logs": logs,
    "fetch": fetch_only,
    "checksums": checksums,
}
