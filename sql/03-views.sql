-- Answers to questions that a person has, over the two tables of the job.
-- All times are readings of the city's wall clock; weekdays are ISO's, 1 for Monday to 7 for Sunday.

-- How did the city's days go?
CREATE OR REPLACE VIEW city_per_day AS
SELECT
    window_start::DATE                  AS day,
    sum(total_crimes)                   AS total_crimes,
    sum(domestic_crimes)                AS domestic_crimes,
    sum(arrests)                        AS arrests,
    count(*)                            AS districts
FROM crime_per_district_day
GROUP BY window_start::DATE;

COMMENT ON VIEW city_per_day IS 'Crimes of the whole city on each day, and the districts that had any.';

-- Which days were the busiest, and were they busier than such a weekday is?
CREATE OR REPLACE VIEW busiest_days AS
SELECT
    rank() OVER (ORDER BY total_crimes DESC)                                    AS rank,
    day,
    extract(ISODOW FROM day)::INT                                               AS weekday,
    total_crimes,
    round(avg(total_crimes) OVER same_weekday, 1)                               AS usual_crimes,
    round(100.0 * total_crimes / avg(total_crimes) OVER same_weekday - 100, 1)  AS percent_above_usual
FROM city_per_day
WINDOW same_weekday AS (PARTITION BY extract(ISODOW FROM day))
ORDER BY rank, day;

COMMENT ON VIEW busiest_days IS
    'Days by number of crimes, each beside the mean of all days of the same weekday.';

-- Which districts had the most crimes in a month?
CREATE OR REPLACE VIEW district_ranking_per_month AS
SELECT
    date_trunc('month', window_start)::DATE                                           AS month,
    rank() OVER (PARTITION BY date_trunc('month', window_start)
                 ORDER BY sum(total_crimes) DESC)                                     AS rank,
    district,
    sum(total_crimes)                                                                 AS total_crimes,
    round(100.0 * sum(total_crimes)
          / sum(sum(total_crimes)) OVER (PARTITION BY date_trunc('month', window_start)), 1)
                                                                                      AS percent_of_city,
    round(100.0 * sum(arrests) / sum(total_crimes), 1)                                AS percent_with_arrest
FROM crime_per_district_day
GROUP BY date_trunc('month', window_start), district
ORDER BY month, rank, district;

COMMENT ON VIEW district_ranking_per_month IS
    'Districts of each month by number of crimes, with their share of the city''s.';

-- Where are crimes domestic, and where do they lead to an arrest?
CREATE OR REPLACE VIEW district_shares AS
SELECT
    district,
    sum(total_crimes)                                          AS total_crimes,
    sum(domestic_crimes)                                       AS domestic_crimes,
    round(100.0 * sum(domestic_crimes) / sum(total_crimes), 1) AS percent_domestic,
    sum(arrests)                                               AS arrests,
    round(100.0 * sum(arrests) / sum(total_crimes), 1)         AS percent_with_arrest,
    min(window_start)::DATE                                    AS first_day,
    max(window_start)::DATE                                    AS last_day
FROM crime_per_district_day
GROUP BY district
ORDER BY percent_domestic DESC, district;

COMMENT ON VIEW district_shares IS 'Shares of domestic crimes and of arrests in each district, over all days.';

-- What happened, said once? Windows slide, so one event is in many rows of crimes_anomaly.
CREATE OR REPLACE VIEW anomaly_episodes AS
WITH marked AS (
    SELECT
        *,
        -- a window begins an episode if every earlier one of its type and district has ended before it starts
        window_start >= max(window_end) OVER (
            PARTITION BY primary_type, district
            ORDER BY window_start
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS begins
    FROM crimes_anomaly
),
numbered AS (
    SELECT
        *,
        count(*) FILTER (WHERE begins) OVER (
            PARTITION BY primary_type, district
            ORDER BY window_start
        ) AS episode
    FROM marked
)
SELECT
    primary_type,
    district,
    min(window_start)                                                     AS episode_start,
    max(window_end)                                                       AS episode_end,
    count(*)                                                              AS windows,
    max(total_crimes)                                                     AS peak_crimes,
    (array_agg(window_start ORDER BY total_crimes DESC, window_start))[1] AS peak_start,
    (array_agg(window_end ORDER BY total_crimes DESC, window_start))[1]   AS peak_end
FROM numbered
GROUP BY primary_type, district, episode
ORDER BY peak_crimes DESC, episode_start, primary_type, district;

COMMENT ON VIEW anomaly_episodes IS
    'Overlapping windows of one type and district as one episode, with its strongest window.';

-- When in the week do anomalies happen?
CREATE OR REPLACE VIEW anomaly_hours_of_week AS
SELECT
    extract(ISODOW FROM hour)::INT AS weekday,
    extract(HOUR FROM hour)::INT   AS hour,
    count(*)                       AS episodes,
    max(peak_crimes)               AS peak_crimes
FROM anomaly_episodes
CROSS JOIN LATERAL generate_series(
    date_trunc('hour', episode_start),
    episode_end - INTERVAL '1 microsecond',
    INTERVAL '1 hour'
) AS hour
GROUP BY 1, 2
ORDER BY 1, 2;

COMMENT ON VIEW anomaly_hours_of_week IS 'Episodes that touch each hour of the week.';

-- Which types are anomalous, and how often?
CREATE OR REPLACE VIEW anomaly_types AS
SELECT
    primary_type,
    count(*)                                                                AS episodes,
    count(DISTINCT district)                                                AS districts,
    max(peak_crimes)                                                        AS peak_crimes,
    min(episode_start)                                                      AS first_start,
    max(episode_end)                                                        AS last_end
FROM anomaly_episodes
GROUP BY primary_type
ORDER BY episodes DESC, primary_type;

COMMENT ON VIEW anomaly_types IS 'Episodes of each type of crime.';
