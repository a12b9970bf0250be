//! Dead letters are listed, shown, and sent again; what is sent again counts once, and what is no record is not sent.

use std::collections::BTreeSet;
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

/// District whose rows a check constraint of this test forbids.
const FORBIDDEN: &str = "008";

fn crime(id: u32, hour: i64, district: &str, description: &str) -> Value {
    let (day, hour_of_day) = (hour / 24 + 1, hour % 24);
    let json = format!(
        "{{\"ID\":\"{id}\",\"Date\":\"2018-01-{day:02}T{hour_of_day:02}:00:00\",\"Primary_Type\":\"THEFT\",\
         \"District\":\"{district}\",\"Description\":\"{description}\",\"Latitude\":\"41.8\",\"Longitude\":\"-87.6\"}}"
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

/// A crime of the first day comes when that day is over, one has no district, a row and a document are refused. Sent
/// again twice and read in an order that does not matter, the late one counts, once.
fn dead_letters_are_sent_again_and_count_once(stack: &Stack) -> Result<()> {
    let case = Case::new(stack, "dead-letters", 1)?;
    let constraint = format!(
        "ALTER TABLE crime_per_district_day ADD CONSTRAINT test CHECK (district <> {FORBIDDEN}::int)"
    );
    stack.tables()?.owner().batch_execute(&constraint)?;
    let kept = one_of_each(stack, &case);
    stack
        .tables()?
        .owner()
        .batch_execute("ALTER TABLE crime_per_district_day DROP CONSTRAINT test")?;
    kept?;
    use_them(stack, &case)
}

fn one_of_each(stack: &Stack, case: &Case<'_>) -> Result<()> {
    let topics = stack.topics()?;
    let job = case.job().start()?;
    let first = [
        crime(1, 10, "007", ""),
        crime(2, 12, FORBIDDEN, ""),
        crime(3, 54, "007", &"x".repeat(33_000)),
    ];
    topics.send(&case.topic, &first)?;
    wait_for("the row of the first day is written", DEADLINE, || {
        Ok((!stack.tables()?.totals()?.is_empty()).then_some(()))
    })
    .with_context(|| stack.cluster().map(|cluster| cluster.exception(&job)).unwrap_or_default())?;
    topics.send(&case.topic, &[crime(4, 11, "007", ""), crime(5, 54, "", "")])?;
    wait_for("all are kept", DEADLINE, || {
        let late = topics.read(&case.late)?.len();
        let rejected = topics.read(&case.rejected)?;
        let reasons: BTreeSet<_> = rejected.iter().map(|it| it.headers.get("reason")).collect();
        Ok((late > 0 && reasons.len() == 3).then_some(()))
    })?;
    stack.cluster()?.cancel(&job)
}

fn use_them(stack: &Stack, case: &Case<'_>) -> Result<()> {
    let topics = stack.topics()?;
    let counts = || -> Result<Vec<(String, i64, i64)>> {
        let listed = dead_letter(case, &["list", "--json"])?.success()?;
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
    let wanted = |late_resent: i64| {
        [
            ("late", late_resent),
            ("missing-district", 0),
            ("refused-by-elasticsearch", 0),
            ("refused-by-postgres", 0),
        ]
        .map(|(reason, resent)| (reason.to_owned(), 1, resent))
    };
    ensure!(counts()? == wanted(0), "listed: {:?}", counts()?);
    let key = format!("{}/0/3", case.topic);
    let shown = dead_letter(case, &["show", &key])?.success()?;
    ensure!(
        shown.stdout.contains("\"ID\":\"4\"") && shown.stdout.contains("late-for"),
        "{shown:?}"
    );

    let all = dead_letter(case, &["resend", "--late"])?.failure()?;
    ensure!(all.status.code() == Some(2) && all.stderr.contains("--all"), "{all:?}");
    let document = format!("{}/3", case.index);
    let row = "crime_per_district_day/8/2018-01-01T00:00";
    let shown = dead_letter(case, &["show", &document, row])?.success()?;
    ensure!(
        shown.stdout.contains("immense term") && shown.stdout.contains("check constraint"),
        "{shown:?}"
    );
    let refused = dead_letter(case, &["resend", row, &document])?.failure()?;
    let said =
        [row, "a row", "check constraint", &document, "a document", "immense term", "0 sent"];
    for word in said {
        ensure!(refused.stderr.contains(word), "nothing of {word:?} in {refused:?}");
    }
    ensure!(refused.status.code() == Some(3), "{refused:?}");
    let dry = dead_letter(case, &["resend", "--reason", "missing-district", "--dry-run"])?;
    ensure!(dry.success()?.stderr.contains("1 would be sent"), "nothing would be sent");
    dead_letter(case, &["resend", "--late", "--reason", "late"])?.success()?;
    ensure!(topics.count(&case.topic)? == 6, "it was not sent once");
    let again = dead_letter(case, &["resend", "--late", "--all"])?.success()?;
    ensure!(again.stderr.contains("1 were sent before"), "{again:?}");
    ensure!(topics.count(&case.topic)? == 6, "it was sent again unasked");
    dead_letter(case, &["resend", "--late", "--again", &key])?.success()?;
    let records = topics.read(&case.topic)?;
    ensure!(records.len() == 7, "{} records", records.len());
    for resent in &records[5..] {
        let same = resent.value == records[3].value
            && resent.key == records[3].key
            && resent.timestamp == records[3].timestamp;
        ensure!(same && resent.headers["resent-from"] == key, "{resent:?}");
    }
    ensure!(counts()? == wanted(1), "listed: {:?}", counts()?);

    case.job().with("--out-of-orderness", "36500d").run_to_the_end()?;
    let days: Vec<i64> = stack.tables()?.totals()?.values().map(|total| total.crimes).collect();
    ensure!(days == [2, 1, 1], "crimes by district and day: {days:?}, expected 2, 1 and 1");
    Ok(())
}
