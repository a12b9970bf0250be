//! Records that come after their windows are over: in the topic of late records, with their bytes, and counted.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use chrono::NaiveDateTime;
use e2e::harness::{Case, Scenario, Stack, Value, wait_for};

pub(crate) const SCENARIOS: &[Scenario] = &[Scenario {
    name: "late_records_are_kept_and_counted",
    run: late_records_are_kept_and_counted,
}];

const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) fn crime(id: u32, date: &str) -> Result<Value> {
    let timestamp =
        NaiveDateTime::parse_from_str(date, "%Y-%m-%dT%H:%M:%S")?.and_utc().timestamp_millis();
    let json = format!(
        "{{\"ID\":\"{id}\",\"Date\":\"{date}\",\"Primary_Type\":\"THEFT\",\"District\":\"007\"}}"
    );
    Ok(Value {
        key: Some("007".to_owned()),
        bytes: Some(json.into_bytes()),
        timestamp,
        partition: 0,
    })
}

/// With a bound of one minute: the last record moves the watermark to 2018-01-03T05:29, so the day of the 1st and the 2nd
/// are over, and so is every five-hour window that starts at or before 00:00 of the 3rd.
fn late_records_are_kept_and_counted(stack: &Stack) -> Result<()> {
    let case = Case::new(stack, "late", 1)?;
    let topics = stack.topics()?;
    let job = case.job().with("--out-of-orderness", "1min").start()?;
    topics
        .send(&case.topic, &[crime(1, "2018-01-01T10:00:00")?, crime(2, "2018-01-03T05:30:00")?])?;
    wait_for("the row of the first day is written", DEADLINE, || {
        Ok((!stack.tables()?.totals()?.is_empty()).then_some(()))
    })
    .with_context(|| stack.cluster().map(|cluster| cluster.exception(&job)).unwrap_or_default())?;
    let late = [
        crime(3, "2018-01-01T11:00:00")?, // late for both
        crime(4, "2018-01-03T00:10:00")?, // in time for its day; its last five hours (00:00 to 05:00) are over
        crime(5, "2018-01-03T00:40:00")?, // in time for both: 00:30 to 05:30 is open
    ];
    topics.send(&case.topic, &late)?;
    wait_for("two late records are kept", DEADLINE, || {
        Ok((topics.dead_letters(&case.late)?.len() >= 2).then_some(()))
    })?;
    stack.cluster()?.stop(&job, true, DEADLINE)?;

    let letters = topics.dead_letters(&case.late)?;
    let found: Vec<_> = letters
        .iter()
        .map(|one| (one.place.2, one.reason.as_str(), one.late_for.as_deref().unwrap_or("")))
        .collect();
    ensure!(found == [(2, "late", "anomaly,totals"), (3, "late", "anomaly")], "late: {found:?}");
    for (letter, sent) in letters.iter().zip(&late) {
        ensure!(
            letter.value == sent.bytes,
            "the bytes of {:?} are not those that were sent",
            letter.place
        );
    }
    let days: Vec<i64> = stack.tables()?.totals()?.values().map(|total| total.crimes).collect();
    ensure!(days == [1, 3], "crimes by day: {days:?}, expected 1 on the 1st and 3 on the 3rd");
    Ok(())
}
