-- The job's role: it reads, inserts and updates rows of the two tables, and can do nothing else.
--
-- The password comes from the setting crimes.job_password, so that it is in no file. With psql:
--   PGOPTIONS="-c crimes.job_password=$PASSWORD" psql -f 02-role.sql
-- A setting that is missing is an error; a changed one changes the password.

DO $$
DECLARE
    secret TEXT := current_setting('crimes.job_password');
BEGIN
    IF secret = '' THEN
        RAISE EXCEPTION 'crimes.job_password is empty: the role crimes_job needs a password';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'crimes_job') THEN
        CREATE ROLE crimes_job;
    END IF;
    EXECUTE format(
        'ALTER ROLE crimes_job LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD %L', secret
    );
END
$$;

-- Nobody who was not named gets in, or makes anything (PostgreSQL before 15 lets everyone create in public).
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO crimes_job', current_database());
END
$$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO crimes_job;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM crimes_job;
GRANT SELECT, INSERT, UPDATE ON crime_per_district_day, crimes_anomaly TO crimes_job;
