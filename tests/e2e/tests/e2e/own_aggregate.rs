//! An aggregate of one's own (`examples/ward-week`) beside the two that come along, as the README shows it.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use chrono::{Duration, NaiveDateTime};
use e2e::harness::{Case, Compare, Input, Run, Scenario, Stack, generated, same};
use e2e::oracle::judge;

pub(crate) const SCENARIOS: &[Scenario] =
    &[Scenario { name: "an_aggregate_of_ones_own", run: an_aggregate_of_ones_own }];

/// Crimes, arrests, and the crimes of the week before, by ward and start of the week.
type Weeks = BTreeMap<(u16, NaiveDateTime), (i32, i32, Option<i32>)>;

/// Crimes by ID: when the newest version was made, and whether it has an arrest.
type Newest = BTreeMap<u64, (Option<NaiveDateTime>, bool)>;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS crimes_per_ward_week (ward INT, window_start TIMESTAMP, \
     window_end TIMESTAMP, crimes INT, arrests INT, week_before INT, PRIMARY KEY (ward, window_start)); \
     GRANT SELECT, INSERT, UPDATE ON crimes_per_ward_week TO crimes_job";

fn an_aggregate_of_ones_own(stack: &Stack) -> Result<()> {
    let out = tempfile::tempdir()?;
    let folder = out.path().to_str().context("a path that is not text")?;
    stack.programs().componentize(&["--out", folder, "ward-week"])?.run()?.success()?;

    let input =
        generated(stack, "wards.csv", &["--seed", "8", "--days", "40", "--corrections", "0.02"])?;
    let case = Case::new(stack, "own", 2)?;
    case.produce(&input.path)?;
    stack.tables()?.owner().batch_execute(TABLE)?;
    let job = case
        .job()
        .parallelism(2)
        .with("--aggregate", &format!("ward-week={folder}/ward-week.wasm"))
        .with("--table", "ward-week=crimes_per_ward_week");
    job.run_to_the_end()?;

    let expected = weeks(&input);
    ensure!(expected.values().any(|week| week.2.is_some()), "no week has one before it");
    let sql = "SELECT ward, window_start, crimes, arrests, week_before FROM crimes_per_ward_week";
    let mut found = Weeks::new();
    for row in stack.tables()?.role().query(sql, &[])? {
        let key = (u16::try_from(row.get::<_, i32>(0))?, row.get(1));
        found.insert(key, (row.get(2), row.get(3), row.get(4)));
    }
    same("crimes_per_ward_week", &expected, &found)?;
    input.answer().all(&case)
}

/// By brute force: weeks begin on Thursdays, as 1970-01-01 was one.
fn weeks(input: &Input) -> Weeks {
    let mut versions: BTreeMap<(u16, NaiveDateTime), Newest> = BTreeMap::new();
    for row in &input.rows {
        let judged = judge(row);
        let (Some(crime), None) = (judged.crime, judged.reject) else { continue };
        let Some(ward) =
            row.get("ward").and_then(|text| text.parse().ok()).filter(|&ward| ward > 0)
        else {
            continue;
        };
        let mut start = crime.date.date();
        while start.format("%a").to_string() != "Thu" {
            start -= Duration::days(1);
        }
        let newest = versions.entry((ward, start.and_time(chrono::NaiveTime::MIN))).or_default();
        let version = newest.entry(crime.id).or_insert((crime.updated, crime.arrest));
        match crime.updated.cmp(&version.0) {
            std::cmp::Ordering::Greater => *version = (crime.updated, crime.arrest),
            std::cmp::Ordering::Equal => version.1 |= crime.arrest,
            std::cmp::Ordering::Less => {}
        }
    }
    let counts: BTreeMap<_, _> = versions
        .into_iter()
        .map(|(key, crimes)| {
            let arrests = crimes.values().filter(|crime| crime.1).count();
            (key, (crimes.len() as i32, arrests as i32))
        })
        .collect();
    let before = |(ward, start): (u16, NaiveDateTime)| {
        counts.get(&(ward, start - Duration::days(7))).map(|week| week.0)
    };
    counts.iter().map(|(&key, &(crimes, arrests))| (key, (crimes, arrests, before(key)))).collect()
}
