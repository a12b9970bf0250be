//! PostgreSQL: both tables, whole.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use chrono::{Duration, NaiveDateTime};
use postgres::{Client, Config, NoTls};

use super::Stack;
use crate::oracle::{AnomalyKey, Total, TotalKey};

/// All rows of `crime_per_district_day`.
pub type Totals = BTreeMap<TotalKey, Total>;
/// All rows of `crimes_anomaly`.
pub type Anomalies = BTreeMap<AnomalyKey, i64>;

/// Connections as the job's own role and as the owner.
pub struct Tables {
    role: Client,
    owner: Client,
}

impl Tables {
    pub(super) fn connect(stack: &Stack) -> Result<Self> {
        let connect = |user: &str, password: &str| -> Result<Client> {
            let mut config = Config::new();
            config
                .host(stack.setting("PGHOST")?)
                .port(stack.setting("PGPORT")?.parse().context("PGPORT")?)
                .dbname(stack.setting("PGDATABASE")?)
                .user(user)
                .password(password);
            config.connect(NoTls).with_context(|| format!("connecting to PostgreSQL as {user}"))
        };
        Ok(Self {
            role: connect(stack.setting("PGUSER")?, stack.setting("PGPASSWORD")?)?,
            owner: connect("postgres", stack.setting("PGSUPERPASSWORD")?)?,
        })
    }

    /// Empties both tables.
    ///
    /// # Errors
    /// If PostgreSQL refuses.
    pub fn clear(&mut self) -> Result<()> {
        Ok(self.owner.batch_execute("TRUNCATE crime_per_district_day, crimes_anomaly")?)
    }

    /// The connection of the tables' owner.
    pub fn owner(&mut self) -> &mut Client {
        &mut self.owner
    }

    /// The connection of the job's role.
    pub fn role(&mut self) -> &mut Client {
        &mut self.role
    }

    /// The table of days. Every window must end a day after its start.
    ///
    /// # Errors
    /// If PostgreSQL refuses or a window has another length.
    pub fn totals(&mut self) -> Result<Totals> {
        let sql = "SELECT district, window_start, window_end, total_crimes, domestic_crimes, arrests \
                   FROM crime_per_district_day";
        let mut totals = Totals::new();
        for row in self.role.query(sql, &[])? {
            let start: NaiveDateTime = row.get(1);
            length(start, row.get(2), Duration::days(1))?;
            let number = |column: usize| i64::from(row.get::<_, i32>(column));
            let total = Total { crimes: number(3), domestic: number(4), arrests: number(5) };
            totals.insert((u16::try_from(row.get::<_, i32>(0))?, start), total);
        }
        Ok(totals)
    }

    /// The table of anomalies. Every window must end five hours after its start.
    ///
    /// # Errors
    /// If PostgreSQL refuses or a window has another length.
    pub fn anomalies(&mut self) -> Result<Anomalies> {
        let sql = "SELECT primary_type, district, window_start, window_end, total_crimes FROM crimes_anomaly";
        let mut anomalies = Anomalies::new();
        for row in self.role.query(sql, &[])? {
            let start: NaiveDateTime = row.get(2);
            length(start, row.get(3), Duration::hours(5))?;
            let district = u16::try_from(row.get::<_, i32>(1))?;
            anomalies.insert((row.get(0), district, start), i64::from(row.get::<_, i32>(4)));
        }
        Ok(anomalies)
    }
}

fn length(start: NaiveDateTime, end: NaiveDateTime, expected: Duration) -> Result<()> {
    if end - start != expected {
        bail!("a window from {start} to {end} is not {expected} long");
    }
    Ok(())
}
