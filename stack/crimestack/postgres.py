"""PostgreSQL: a cluster with one database, the schema of sql/, and a role for the job."""

import os
import shutil
import signal
import subprocess

from . import pieces, process
from .errors import StackError
from .places import SQL
from .ports import LOOPBACK
from .postgres_client import Connection, PostgresError
from .postgres_home import PostgresHome
from .process import name_of
from .server import Server
from .settings import DATABASE, JOB_ROLE, OWNER

WRONG_PASSWORD = "28P01"


class Postgres(Server):
    """The database."""

    name = "postgres"
    title = "PostgreSQL"
    piece = pieces.POSTGRES
    port = "POSTGRES_PORT"
    stop_signal = signal.SIGINT  # closes sessions; SIGTERM would wait for them

    @property
    def home(self):
        """Where its files are."""
        return PostgresHome(self.directory, self.program)

    @property
    def user(self):
        return self.home.user

    def logs(self):
        return [self.directory.output(self.name)]

    def prepare(self):
        home = self.home
        home.make()
        if not (home.data / "PG_VERSION").exists():
            self._init(home)
        self._remove_stale_lock(home)

    def _remove_stale_lock(self, home):
        """One that was killed leaves its lock, and its pid may be a zombie's or someone else's by now."""
        file = home.data / "postmaster.pid"
        if not file.exists():
            return
        first = file.read_text(encoding="utf-8").partition("\n")[0]
        if not first.isdigit() or name_of(int(first)) != "postgres":
            file.unlink()

    def _init(self, home):
        secret = home.path / "password"
        with open(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(self.stack.passwords["PGSUPERPASSWORD"])
        if home.user:
            shutil.chown(secret, home.user)
        command = [str(home.program / "bin" / "initdb"), "-D", str(home.data), "-U", OWNER, f"--pwfile={secret}"]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]
        try:
            answer = subprocess.run(
                process.launcher(command, user=home.user),
                capture_output=True,
                text=True,
                cwd="/",
                env=self.environment(),
            )
        finally:
            secret.unlink()
        if answer.returncode != 0:
            raise StackError(f"PostgreSQL's data can't be laid out:\n{(answer.stdout + answer.stderr).strip()}")

    def environment(self):
        # PGPORT and its like are for clients; the server would take them for its own.
        return {name: value for name, value in super().environment().items() if not name.startswith("PG")}

    def command(self, details):
        settings = {
            "listen_addresses": LOOPBACK,
            "port": self.stack.settings.ports["POSTGRES_PORT"],
            # A socket's path must be short and its folder writable: nobody needs one here.
            "unix_socket_directories": "",
            "max_connections": 100,
            "log_line_prefix": "%m [%p] ",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        home = self.home
        return [str(home.program / "bin" / "postgres"), "-D", str(home.data), *options]

    def not_ready(self):
        try:
            with self.connect(OWNER, "PGSUPERPASSWORD", "postgres") as connection:
                return None if connection.query("SELECT 1") == [["1"]] else "does not answer to SELECT 1"
        except PostgresError as error:
            if error.state == WRONG_PASSWORD:
                raise StackError(
                    f"PostgreSQL's data in {self.home.data} has another password than {self.directory.secrets}: "
                    "bring back the file that belongs to it, or begin anew with 'stack clean'."
                ) from error
            return f"does not answer ({error})"
        except OSError as error:
            return f"does not answer ({error})"

    def connect(self, user, password, database):
        """A connection; the caller closes it."""
        port = self.stack.settings.ports["POSTGRES_PORT"]
        return Connection(LOOPBACK, port, user, self.stack.passwords[password], database)

    def after_start(self):
        """Makes the database, and applies sql/*.sql in their order; all of it may be there already."""
        try:
            self._set_up()
        except (OSError, PostgresError) as error:
            raise StackError(f"PostgreSQL runs, but {DATABASE} can't be set up: {error}.") from error

    def _set_up(self):
        with self.connect(OWNER, "PGSUPERPASSWORD", "postgres") as connection:
            if not connection.query(f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"):
                connection.query(f"CREATE DATABASE {DATABASE}")
        with self.connect(OWNER, "PGSUPERPASSWORD", DATABASE) as connection:
            # How the scripts get the password, here as with psql: it is in none of them.
            secret = self.stack.passwords["PGPASSWORD"]
            connection.query(f"SELECT set_config('crimes.job_password', '{secret}', false)")
            for script in sorted(SQL.glob("*.sql")):
                apply(connection, script)
        with self.connect(JOB_ROLE, "PGPASSWORD", DATABASE) as connection:
            connection.query("SELECT 1")

    def empty(self):
        """Removes all rows."""
        try:
            with self.connect(OWNER, "PGSUPERPASSWORD", DATABASE) as connection:
                tables = connection.query("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
                connection.query("TRUNCATE " + ", ".join(name for (name,) in tables))
        except (OSError, PostgresError) as error:
            raise StackError(f"PostgreSQL can't empty the tables of {DATABASE}: {error}.") from error


def apply(connection, script):
    """Runs a script as one transaction."""
    text = script.read_text(encoding="utf-8")
    try:
        connection.query(text)
    except PostgresError as error:
        line = text.count("\n", 0, error.position - 1) + 1 if error.position else "?"
        raise StackError(f"{script}, line {line}: {error}.") from error
