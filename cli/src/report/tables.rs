//! What Postgres holds.

use anyhow::Context as _;
use chrono::NaiveDateTime;
use postgres::config::SslMode;
use postgres::{Client, Config};

use super::encryption::Encryption;
use crate::exit::{Exit, Fault};
use crate::http::root;
use crate::kafka::PATIENCE;

/// How Postgres is reached, as its own programs have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Postgres {
    host: String,
    port: u16,
    database: String,
    user: String,
    password: Option<String>,
    encryption: Encryption,
}

/// A row of `crimes_anomaly`: one window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) primary_type: String,
    pub(super) district: i32,
    pub(super) start: NaiveDateTime,
    pub(super) end: NaiveDateTime,
    pub(super) crimes: i32,
}

/// A district's sums over all days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct District {
    pub(super) district: i32,
    pub(super) crimes: i64,
    pub(super) domestic: i64,
    pub(super) arrests: i64,
}

/// Both tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tables {
    /// rows of the day totals
    pub(super) rows: i64,
    pub(super) first_day: Option<NaiveDateTime>,
    pub(super) last_day: Option<NaiveDateTime>,
    /// the one with the most crimes first
    pub(super) districts: Vec<District>,
    /// by type, district and start
    pub(super) anomalies: Vec<Window>,
}

impl Tables {
    pub(super) fn crimes(&self) -> i64 {
        self.districts.iter().map(|district| district.crimes).sum()
    }
}

impl Postgres {
    /// From `PGHOST` and its siblings; none without `PGHOST`.
    pub(super) fn from_environment(environment: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let set = |name: &str| environment(name).filter(|value| !value.is_empty());
        let host = set("PGHOST")?;
        let user = set("PGUSER").or_else(|| set("USER")).unwrap_or_else(|| "postgres".to_owned());
        Some(Self {
            host,
            port: set("PGPORT").and_then(|port| port.parse().ok()).unwrap_or(5432),
            database: set("PGDATABASE").unwrap_or_else(|| user.clone()),
            user,
            password: set("PGPASSWORD"),
            encryption: Encryption::from_environment(set),
        })
    }

    /// What a person types; `psql` takes the password from `PGPASSWORD`, too.
    pub(super) fn command_line(&self) -> String {
        let Self { host, port, database, user, .. } = self;
        format!("psql --host {host} --port {port} --username {user} {database}")
    }

    fn connect(&self) -> anyhow::Result<Client> {
        let Self { host, port, database, user, password, encryption } = self;
        let mut config = Config::new();
        config.host(host).port(*port).dbname(database).user(user).connect_timeout(PATIENCE);
        config.application_name("crimes report");
        if let Some(password) = password {
            config.password(password);
        }
        let (mode, connector, refused) = encryption.connector()?;
        // a socket of this machine has no TLS
        config.ssl_mode(if host.starts_with('/') { SslMode::Disable } else { mode });
        config.connect(connector).map_err(|error| {
            let tls = "error performing TLS handshake";
            let fault = match error.as_db_error() {
                None if error.to_string().starts_with(tls) => Fault::new(
                    Exit::Failed,
                    format!(
                        "Postgres at {host}:{port}: {} ({})",
                        refused.why().unwrap_or_else(|| root(&error)),
                        encryption.told()
                    ),
                ),
                // it says no to us, so it is there
                Some(no) => Fault::new(
                    Exit::Failed,
                    format!(
                        "Postgres at {host}:{port} does not let us in: {} (PGDATABASE, PGUSER, PGPASSWORD)",
                        no.message()
                    ),
                ),
                None => Fault::new(
                    Exit::Unreachable,
                    format!(
                        "Postgres at {host}:{port} does not answer: {}; is it running, and is that its address \
                         (PGHOST, PGPORT)?",
                        root(&error)
                    ),
                ),
            };
            fault.into()
        })
    }

    /// Reads both tables.
    pub(super) fn read(&self) -> anyhow::Result<Tables> {
        let mut client = self.connect()?;
        let failed =
            || format!("reading the tables in {} ({})", self.database, self.command_line());
        let days = client
            .query_one(
                "SELECT count(*), min(window_start), max(window_start) FROM crime_per_district_day",
                &[],
            )
            .with_context(failed)?;
        let districts = client
            .query(
                "SELECT district, sum(total_crimes), sum(domestic_crimes), sum(arrests) \
                 FROM crime_per_district_day GROUP BY district ORDER BY 2 DESC, 1",
                &[],
            )
            .with_context(failed)?;
        let windows = client
            .query(
                "SELECT primary_type, district, window_start, window_end, total_crimes \
                 FROM crimes_anomaly ORDER BY 1, 2, 3",
                &[],
            )
            .with_context(failed)?;
        Ok(Tables {
            rows: days.try_get(0)?,
            first_day: days.try_get(1)?,
            last_day: days.try_get(2)?,
            districts: districts
                .iter()
                .map(|row| {
                    Ok(District {
                        district: row.try_get(0)?,
                        crimes: row.try_get(1)?,
                        domestic: row.try_get(2)?,
                        arrests: row.try_get(3)?,
                    })
                })
                .collect::<anyhow::Result<_>>()?,
            anomalies: windows
                .iter()
                .map(|row| {
                    Ok(Window {
                        primary_type: row.try_get(0)?,
                        district: row.try_get(1)?,
                        start: row.try_get(2)?,
                        end: row.try_get(3)?,
                        crimes: row.try_get(4)?,
                    })
                })
                .collect::<anyhow::Result<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_where_it_is() {
        let of = |set: &[(&str, &str)]| {
            let set: Vec<(String, String)> =
                set.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            Postgres::from_environment(move |name| {
                set.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
            })
        };
        assert_eq!(of(&[("PGUSER", "me")]), None);
        let full = of(&[
            ("PGHOST", "h"),
            ("PGPORT", "1"),
            ("PGDATABASE", "d"),
            ("PGUSER", "me"),
            ("PGPASSWORD", "secret"),
        ])
        .unwrap();
        assert_eq!(full.command_line(), "psql --host h --port 1 --username me d");
        let least = of(&[("PGHOST", "h"), ("PGUSER", "me")]).unwrap();
        assert_eq!(least.command_line(), "psql --host h --port 5432 --username me me");
    }
}
