"""The schema, the role and the views, on a real PostgreSQL that this test starts and stops."""

import io
import shutil
import tempfile
import unittest
from pathlib import Path

from crimestack import boot, pieces, ports, prerequisites, settings
from crimestack.places import Directory, cache
from crimestack.postgres import Postgres
from crimestack.postgres_client import PostgresError
from crimestack.postgres_home import remove_outside
from crimestack.progress import Progress
from crimestack.stack import Stack

ANOMALIES = """
INSERT INTO crimes_anomaly (primary_type, district, window_start, window_end, total_crimes)
SELECT primary_type, district, start::TIMESTAMP, start::TIMESTAMP + INTERVAL '5 hours', crimes FROM (VALUES
    ('THEFT', 1, '2020-01-01 10:00', 15),
    ('THEFT', 1, '2020-01-01 10:30', 18),
    ('THEFT', 1, '2020-01-01 14:30', 16),   -- overlaps the one before
    ('THEFT', 1, '2020-01-01 19:30', 20),   -- begins as the one before ends: another episode
    ('THEFT', 2, '2020-01-01 12:00', 17),   -- another district
    ('ARSON', 1, '2020-01-01 12:00', 19)    -- another type
) AS given (primary_type, district, start, crimes)
"""
DAYS = """
INSERT INTO crime_per_district_day (district, window_start, window_end, total_crimes, domestic_crimes, arrests)
SELECT district, day::TIMESTAMP, day::TIMESTAMP + INTERVAL '1 day', crimes, domestic, arrests FROM (VALUES
    (1, '2020-01-06', 30, 10, 3),
    (2, '2020-01-06', 10, 1, 1),
    (1, '2020-01-13', 20, 0, 0),
    (1, '2020-02-04', 7, 7, 7)
) AS given (district, day, crimes, domestic, arrests)
"""


class Sql(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not (cache() / pieces.POSTGRES.key()).is_dir():
            raise unittest.SkipTest("PostgreSQL is not in the cache: 'stack/stack fetch' brings it")
        root = Path(tempfile.mkdtemp(prefix="crimes-sql-"))
        root.chmod(0o755)
        cls.addClassCleanup(shutil.rmtree, root)
        directory = Directory(root)
        directory.make()
        cls.addClassCleanup(remove_outside, directory)
        reservation = ports.Reservation()
        chosen = ports.choose("free", {}, {}, reservation, environment={})
        reservation.release()
        stack = Stack(directory, settings.Settings(chosen, 1, 1, 512), Progress(io.StringIO()))
        stack.java = prerequisites.Java(Path("/no-java-is-needed"), 17)
        cls.server = Postgres(stack)
        cls.addClassCleanup(boot.stop, [cls.server])
        boot.Boot([cls.server], stack.progress).run()

    def owner(self):
        return self.server.connect(settings.OWNER, "PGSUPERPASSWORD", settings.DATABASE)

    def job(self):
        return self.server.connect(settings.JOB_ROLE, "PGPASSWORD", settings.DATABASE)

    def setUp(self):
        with self.owner() as owner:
            owner.query("TRUNCATE crime_per_district_day, crimes_anomaly")
        with self.job() as job:
            job.query(DAYS)
            job.query(ANOMALIES)

    def rows(self, query):
        with self.owner() as owner:
            return owner.query(query)

    def test_applying_it_again_changes_nothing(self):
        before = self.rows("SELECT * FROM crime_per_district_day ORDER BY 4, 5")
        self.server.after_start()
        self.assertEqual(self.rows("SELECT * FROM crime_per_district_day ORDER BY 4, 5"), before)

    def test_empty_is_empty(self):
        self.server.empty()
        for table in ("crime_per_district_day", "crimes_anomaly"):
            self.assertEqual(self.rows(f"SELECT count(*) FROM {table}"), [["0"]])

    def test_the_role_upserts(self):
        with self.job() as job:
            job.query(
                "INSERT INTO crimes_anomaly VALUES (21, 'ARSON', 1, '2020-01-01 12:00', '2020-01-01 17:00')"
                " ON CONFLICT (primary_type, district, window_start) DO UPDATE SET total_crimes = EXCLUDED.total_crimes"
            )
            self.assertEqual(
                job.query("SELECT total_crimes FROM crimes_anomaly WHERE primary_type = 'ARSON'"), [["21"]]
            )

    def test_the_role_can_do_nothing_else(self):
        for forbidden in (
            "DELETE FROM crimes_anomaly",
            "TRUNCATE crime_per_district_day",
            "DROP TABLE crimes_anomaly",
            "ALTER TABLE crimes_anomaly ADD COLUMN more INT",
            "CREATE TABLE mine (number INT)",
            "CREATE TEMPORARY TABLE mine (number INT)",
            "CREATE SCHEMA mine",
            "CREATE ROLE another",
            "SELECT * FROM anomaly_episodes",
            "SELECT * FROM pg_authid",
            "COPY crimes_anomaly TO PROGRAM 'cat'",
        ):
            with self.subTest(forbidden), self.job() as job:
                with self.assertRaises(PostgresError) as caught:
                    job.query(forbidden)
                self.assertEqual(caught.exception.state, "42501", "must be refused for lack of a privilege")

    def test_the_password_must_be_given(self):
        script = (Path(__file__).resolve().parents[2] / "sql" / "02-role.sql").read_text()
        for given in ("", "SELECT set_config('crimes.job_password', '', false);"):
            with self.subTest(given), self.owner() as owner:
                with self.assertRaisesRegex(PostgresError, "crimes.job_password"):
                    owner.query(given + script)

    def test_a_wrong_password_is_refused(self):
        self.server.stack.passwords["WRONG"] = "wrong"
        with self.assertRaises(PostgresError) as caught:
            self.server.connect(settings.JOB_ROLE, "WRONG", settings.DATABASE)
        self.assertEqual(caught.exception.state, "28P01")

    def test_rows_that_can_not_be_are_refused(self):
        day = "'2020-03-01', '2020-03-02'"
        for values in (
            f"0, 0, 0, 1, {day}",
            f"5, 6, 0, 1, {day}",
            f"5, 0, 6, 1, {day}",
            f"5, 0, 0, 0, {day}",
            "5, 0, 0, 1, '2020-03-01', '2020-03-01'",
            "5, 0, 0, 1, '2020-03-01 01:00', '2020-03-02 01:00'",
        ):
            with self.subTest(values), self.job() as job:
                with self.assertRaises(PostgresError) as caught:
                    job.query(f"INSERT INTO crime_per_district_day VALUES ({values})")
                self.assertEqual(caught.exception.state, "23514", "must violate a check")

    def test_overlapping_windows_are_one_episode(self):
        found = self.rows(
            "SELECT primary_type, district, episode_start, episode_end, windows, peak_crimes, peak_start, peak_end"
            " FROM anomaly_episodes ORDER BY primary_type, district, episode_start"
        )
        day = "2020-01-01 "
        self.assertEqual(
            found,
            [
                ["ARSON", "1", day + "12:00:00", day + "17:00:00", "1", "19", day + "12:00:00", day + "17:00:00"],
                ["THEFT", "1", day + "10:00:00", day + "19:30:00", "3", "18", day + "10:30:00", day + "15:30:00"],
                [
                    "THEFT",
                    "1",
                    day + "19:30:00",
                    "2020-01-02 00:30:00",
                    "1",
                    "20",
                    day + "19:30:00",
                    "2020-01-02 00:30:00",
                ],
                ["THEFT", "2", day + "12:00:00", day + "17:00:00", "1", "17", day + "12:00:00", day + "17:00:00"],
            ],
        )

    def test_hours_of_the_week_of_anomalies(self):
        found = {tuple(row[:2]): row[2:] for row in self.rows("SELECT * FROM anomaly_hours_of_week")}
        self.assertEqual(found[("3", "10")], ["1", "18"])  # 2020-01-01 was a Wednesday
        self.assertEqual(found[("3", "12")], ["3", "19"])
        self.assertEqual(found[("3", "16")], ["3", "19"])
        self.assertEqual(found[("3", "17")], ["1", "18"])  # two of them ended at 17:00
        self.assertEqual(found[("3", "19")], ["2", "20"])
        self.assertEqual(found[("4", "0")], ["1", "20"])
        self.assertNotIn(("4", "1"), found)

    def test_types_of_anomalies(self):
        self.assertEqual(
            self.rows("SELECT primary_type, episodes, districts, peak_crimes FROM anomaly_types"),
            [["THEFT", "3", "2", "20"], ["ARSON", "1", "1", "19"]],
        )

    def test_busiest_days_beside_such_weekdays(self):
        self.assertEqual(
            self.rows("SELECT rank, day, weekday, total_crimes, usual_crimes, percent_above_usual FROM busiest_days"),
            [
                ["1", "2020-01-06", "1", "40", "30.0", "33.3"],
                ["2", "2020-01-13", "1", "20", "30.0", "-33.3"],
                ["3", "2020-02-04", "2", "7", "7.0", "0.0"],
            ],
        )

    def test_ranking_of_districts_in_each_month(self):
        self.assertEqual(
            self.rows("SELECT * FROM district_ranking_per_month"),
            [
                ["2020-01-01", "1", "1", "50", "83.3", "6.0"],
                ["2020-01-01", "2", "2", "10", "16.7", "10.0"],
                ["2020-02-01", "1", "1", "7", "100.0", "100.0"],
            ],
        )

    def test_shares_of_districts(self):
        self.assertEqual(
            self.rows("SELECT * FROM district_shares"),
            [
                ["1", "57", "17", "29.8", "10", "17.5", "2020-01-06", "2020-02-04"],
                ["2", "10", "1", "10.0", "1", "10.0", "2020-01-06", "2020-01-06"],
            ],
        )


if __name__ == "__main__":
    unittest.main()
