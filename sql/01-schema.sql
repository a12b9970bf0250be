-- The tables that the job writes. Applied at every start; what is there already stays.
--
-- All times are readings of the city's wall clock: TIMESTAMP, never TIMESTAMPTZ, so that no session's zone moves them.
-- A window holds its start and ends before its end.

CREATE TABLE IF NOT EXISTS crime_per_district_day (
    total_crimes    INT       NOT NULL,
    domestic_crimes INT       NOT NULL,
    arrests         INT       NOT NULL,
    district        INT       NOT NULL,
    window_start    TIMESTAMP NOT NULL,
    window_end      TIMESTAMP NOT NULL,
    PRIMARY KEY (district, window_start),
    -- a district and day without a crime has no row
    CONSTRAINT some_crimes CHECK (total_crimes > 0),
    CONSTRAINT domestic_are_crimes CHECK (domestic_crimes BETWEEN 0 AND total_crimes),
    CONSTRAINT arrests_are_for_crimes CHECK (arrests BETWEEN 0 AND total_crimes),
    CONSTRAINT district_number CHECK (district BETWEEN 1 AND 999),
    CONSTRAINT window_is_a_day CHECK (
        window_start = date_trunc('day', window_start) AND window_end = window_start + INTERVAL '1 day'
    )
);

COMMENT ON TABLE crime_per_district_day IS 'Crimes of each police district on each day.';
COMMENT ON COLUMN crime_per_district_day.total_crimes IS 'Crimes of that day; one that was corrected counts once.';
COMMENT ON COLUMN crime_per_district_day.domestic_crimes IS 'Those of them that are domestic.';
COMMENT ON COLUMN crime_per_district_day.arrests IS 'Those of them that led to an arrest.';
COMMENT ON COLUMN crime_per_district_day.district IS 'Police district, 1 to 999.';
COMMENT ON COLUMN crime_per_district_day.window_start IS 'Midnight at which the day begins, wall clock.';
COMMENT ON COLUMN crime_per_district_day.window_end IS 'Midnight at which it has ended, wall clock.';

CREATE TABLE IF NOT EXISTS crimes_anomaly (
    total_crimes INT       NOT NULL,
    primary_type TEXT      NOT NULL,
    district     INT       NOT NULL,
    window_start TIMESTAMP NOT NULL,
    window_end   TIMESTAMP NOT NULL,
    PRIMARY KEY (primary_type, district, window_start),
    CONSTRAINT some_crimes CHECK (total_crimes > 0),
    CONSTRAINT type_has_a_name CHECK (primary_type <> ''),
    CONSTRAINT district_number CHECK (district BETWEEN 1 AND 999),
    CONSTRAINT window_has_a_length CHECK (window_end > window_start)
);

COMMENT ON TABLE crimes_anomaly IS
    'Windows with unusually many crimes of one type in one district. Windows overlap: see anomaly_episodes.';
COMMENT ON COLUMN crimes_anomaly.total_crimes IS 'Crimes of that type and district in the window.';
COMMENT ON COLUMN crimes_anomaly.primary_type IS 'Primary type as the city names it, such as THEFT.';
COMMENT ON COLUMN crimes_anomaly.district IS 'Police district, 1 to 999.';
COMMENT ON COLUMN crimes_anomaly.window_start IS 'Start of the window, wall clock.';
COMMENT ON COLUMN crimes_anomaly.window_end IS 'End of the window, wall clock; itself not in the window.';
