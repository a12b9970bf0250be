//! Dead letters are listed, shown, and sent again; what is sent again counts once.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::harness::{Case, Output, Run as _, Scenario, Stack, Value, wait_for};

pub(crate) const SCENARIOS: &[Scenario] = &[Scenario {
    name: "dead_letters_are_sent_again_and_count_once",
    run: dead_letters_are_sent_again_and_count_once,
}];

const DEADLINE: Duration = Duration::from_secs(60);
const FIRST: i64 = 1_514_764_800_000; // 2018-01-01T00:00 on the wall clock
const HOUR: i64 = 3_600_000;

fn crime(id: u32, hour: i64, district: &str) -> Value {
    let (day, hour_of_day) = (hour / 24 + 1, hour % 24);
    let json = format!(
        "{{\"ID\":\"{id}\",\"Date\":\"2018-01-{day:02}T{hour_of_day:02}:00:00\",\"Primary_Type\":\"THEFT\",\
         \"District\":\"{district}\"}}"
    );
    Value {
        key: Some("007".to_owned()),
        bytes: Some(json.into_bytes()),
        timestamp: FIRST + hour * HOUR,
        partition: 0,
    }
}

fn dead_letter(case: &Case<'_>, arguments: &[&str]) -> Result<Output> {
    let mut all = vec!["dead-letter"];
    all.extend(arguments);
    all.extend(["--topic", &case.topic]);
    case.stack.programs().crimes(&all)?.run()
}

/// A crime of the first day comes when that day is over, and one has no district. Sent again twice and read in an order
/// that does not matter, the late one counts, once.
fn dead_letters_are_sent_again_and_count_once(stack: &Stack) -> Result<()> {
    let case = Case::new(stack, "dead-letters", 1)?;
    let topics = stack.topics()?;
    let job = case.job().start()?;
    topics.send(&case.topic, &[crime(1, 10, "007"), crime(2, 54, "007")])?;
    wait_for("the row of the first day is written", DEADLINE, || {
        Ok((!stack.tables()?.totals()?.is_empty()).then_some(()))
    })
    .with_context(|| stack.cluster().map(|cluster| cluster.exception(&job)).unwrap_or_default())?;
    let late = crime(3, 11, "007");
    topics.send(&case.topic, &[late, crime(4, 54, "")])?;
    wait_for("both are kept", DEADLINE, || {
        let both = [&case.late, &case.rejected];
        let kept = both.map(|topic| topics.dead_letters(topic).map(|letters| letters.len()));
        let [late, rejected] = kept;
        Ok((late? > 0 && rejected? > 0).then_some(()))
    })?;
    stack.cluster()?.cancel(&job)?;

    let counts = || -> Result<Vec<(String, i64, i64)>> {
        let listed = dead_letter(&case, &["list", "--json"])?.success()?;
        let groups: Vec<serde_json::Value> = serde_json::from_str(&listed.stdout)?;
        let number = |value: &serde_json::Value| value.as_i64().context("no number");
        groups
            .iter()
            .map(|it| {
                let reason = it["reason"].as_str().context("no reason")?.to_owned();
                Ok((reason, number(&it["letters"])?, number(&it["resent"])?))
            })
            .collect()
    };
    let before = [("late".to_owned(), 1, 0), ("missing-district".to_owned(), 1, 0)];
    ensure!(counts()? == before, "listed: {:?}", counts()?);
    let key = format!("{}/0/2", case.topic);
    let shown = dead_letter(&case, &["show", &key])?.success()?;
    ensure!(
        shown.stdout.contains("\"ID\":\"3\"") && shown.stdout.contains("late-for"),
        "{shown:?}"
    );

    let all = dead_letter(&case, &["resend", "--late"])?.failure()?;
    ensure!(all.status.code() == Some(2) && all.stderr.contains("--all"), "{all:?}");
    let dry = dead_letter(&case, &["resend", "--reason", "missing-district", "--dry-run"])?;
    ensure!(dry.success()?.stderr.contains("1 would be sent"), "nothing would be sent");
    dead_letter(&case, &["resend", "--late", "--reason", "late"])?.success()?;
    ensure!(topics.count(&case.topic)? == 5, "it was not sent once");
    let again = dead_letter(&case, &["resend", "--late", "--all"])?.success()?;
    ensure!(again.stderr.contains("1 were sent before"), "{again:?}");
    ensure!(topics.count(&case.topic)? == 5, "it was sent again unasked");
    dead_letter(&case, &["resend", "--late", "--again", &key])?.success()?;
    let records = topics.read(&case.topic)?;
    ensure!(records.len() == 6, "{} records", records.len());
    for resent in &records[4..] {
        let same = resent.value == records[2].value
            && resent.key == records[2].key
            && resent.timestamp == records[2].timestamp;
        ensure!(same && resent.headers["resent-from"] == key, "{resent:?}");
    }
    let after = [("late".to_owned(), 1, 1), ("missing-district".to_owned(), 1, 0)];
    ensure!(counts()? == after, "listed: {:?}", counts()?);

    case.job().with("--out-of-orderness", "36500d").run_to_the_end()?;
    let days: Vec<i64> = stack.tables()?.totals()?.values().map(|total| total.crimes).collect();
    ensure!(days == [2, 1], "crimes by day: {days:?}, expected 2 on the 1st and 1 on the 3rd");
    Ok(())
}
