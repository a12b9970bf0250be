//! `crimes produce` against a real Kafka: what is sent, in which order, and what is said when it can't be.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::harness::{Case, Run, Scenario, Stack, finish, generated, wait_for};

use crate::delivering::check_whole;

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "produced_records_are_whole_stamped_and_in_order",
        run: whole_stamped_and_in_order,
    },
    Scenario {
        name: "produce_says_what_is_wrong_with_a_file",
        run: says_what_is_wrong_with_a_file,
    },
    Scenario { name: "produce_without_kafka_or_topic_is_told", run: without_kafka_or_topic },
    Scenario { name: "kafka_dies_while_producing", run: kafka_dies_while_producing },
];

fn whole_stamped_and_in_order(stack: &Stack) -> Result<()> {
    let input =
        generated(stack, "shuffled.csv", &["--seed", "3", "--days", "5", "--order", "shuffled"])?;
    let case = Case::new(stack, "order", 3)?;
    case.produce(&input.path)?;
    let records = stack.topics()?.read(&case.topic)?;
    ensure!(
        records.len() == input.rows.len(),
        "{} records of {} rows",
        records.len(),
        input.rows.len()
    );
    for pair in records.windows(2) {
        let same = pair[0].partition == pair[1].partition;
        ensure!(!same || pair[0].timestamp <= pair[1].timestamp, "out of order: {:?}", pair[1]);
    }
    for record in &records {
        let value = record.value.as_deref().context("a record without value")?;
        let json: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(value)?;
        ensure!(json.len() == 22, "{} fields in {json:?}", json.len());
        let date = json["Date"].as_str().context("Date is no text")?;
        let date = chrono::NaiveDateTime::parse_from_str(date, "%Y-%m-%dT%H:%M:%S")?;
        ensure!(
            record.timestamp == Some(date.and_utc().timestamp_millis()),
            "stamped {:?}: {json:?}",
            record.timestamp
        );
        let district = json["District"].as_str().context("District is no text")?;
        ensure!(
            record.key.as_deref().unwrap_or_default() == district,
            "key {:?}: {json:?}",
            record.key
        );
    }
    Ok(())
}

const HEADER: &str = "ID,Case Number,Date,Block,IUCR,Primary Type,Description,Location Description,Arrest,Domestic,Beat,\
                      District,Ward,Community Area,FBI Code,X Coordinate,Y Coordinate,Year,Updated On,Latitude,Longitude,Location";

fn row(id: u32) -> String {
    format!(
        "{id},JB{id},01/01/2018 12:00:00 PM,B,0820,THEFT,OVER,STREET,false,false,0711,007,,,06,,,2018,,41.8,-87.6,"
    )
}

/// Each file, what must be said of it (rows behind an unclosed quote are found again), how many of its records are sent, and whether that is a success.
fn says_what_is_wrong_with_a_file(stack: &Stack) -> Result<()> {
    let case = Case::new(stack, "files", 1)?;
    let zip = b"PK\x03\x04\x14\x00\x00\x00\x08\x00and so on".to_vec();
    let png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR".to_vec();
    let rows = |lines: &[String]| format!("{HEADER}\n{}\n", lines.join("\n")).into_bytes();
    let without_date = HEADER.replace("Date,", "");
    let mut invalid = rows(&[row(1)]);
    invalid.extend(
        row(2)
            .replace("STREET", "STR\u{1}ET")
            .into_bytes()
            .iter()
            .map(|&b| if b == 1 { 0xff } else { b }),
    );
    invalid.extend(format!("\n{}\n", row(3)).into_bytes());
    let long = row(2).replace("STREET", &"S".repeat(10_000_000));
    let cases: Vec<(&str, Vec<u8>, &str, i64, bool)> = vec![
        ("empty.csv", Vec::new(), "empty", 0, false),
        ("header.csv", format!("{HEADER}\n").into_bytes(), "0", 0, true),
        ("archive.csv", zip, "zip", 0, false),
        ("picture.csv", png, "PNG", 0, false),
        ("no-date.csv", format!("{without_date}\n").into_bytes(), "Date", 0, false),
        ("short.csv", rows(&[row(1), "2,JB2".to_owned(), row(3)]), "short.csv:3", 2, true),
        ("invalid-utf8.csv", invalid, "invalid-utf8.csv:3", 2, true),
        (
            "date.csv",
            rows(&[row(1), row(2).replace("01/01/2018 12:00:00 PM", "yesterday")]),
            "date.csv:3",
            1,
            true,
        ),
        ("long.csv", rows(&[row(1), long, row(3)]), "long.csv:3", 2, true),
        (
            "quote.csv",
            rows(&[row(1), row(2).replace("STREET", "\"STREET"), row(3)]),
            "quote.csv:3",
            2,
            true,
        ),
    ];
    let folder = tempfile::tempdir()?;
    let mut sent = 0;
    for (name, content, says, records, good) in cases {
        let path = folder.path().join(name);
        std::fs::write(&path, content)?;
        let path = path.to_str().context("a path that is not text")?;
        let output = stack.programs().crimes(&["produce", path, "--topic", &case.topic])?.run()?;
        let output = if good { output.success() } else { output.failure() }.context(name)?;
        ensure!(output.stderr.contains(says), "{name}: nothing of {says} in\n{}", output.stderr);
        sent += records;
        let count = stack.topics()?.count(&case.topic)?;
        ensure!(
            count == sent,
            "{name}: {count} records on the topic, expected {sent}\n{}",
            output.stderr
        );
        let strict = stack
            .programs()
            .crimes(&["produce", "--strict", "--dry-run", path, "--topic", &case.topic])?
            .run()?;
        ensure!(
            strict.status.success() == (name == "header.csv"),
            "{name} with --strict: {}",
            strict.stderr
        );
    }
    Ok(())
}

fn without_kafka_or_topic(stack: &Stack) -> Result<()> {
    let input = generated(stack, "few.csv", &["--days", "1", "--per-day", "10"])?;
    let file = input.path.to_str().context("a path that is not text")?;
    let nobody = stack
        .programs()
        .crimes(&["produce", file, "--bootstrap", "127.0.0.1:1"])?
        .run()?
        .failure()?;
    ensure!(nobody.status.code() == Some(4) && nobody.stderr.contains("127.0.0.1:1"), "{nobody:?}");
    let no_topic = stack
        .programs()
        .crimes(&["produce", file, "--topic", "no-such-topic"])?
        .run()?
        .failure()?;
    ensure!(
        no_topic.stderr.contains("no-such-topic") && no_topic.stderr.contains("crimes topics"),
        "{no_topic:?}"
    );
    ensure!(stack.topics()?.count("no-such-topic")? == 0, "the topic was made by asking for it");
    Ok(())
}

/// A broker that is killed and comes back: everything is there, and in order.
fn kafka_dies_while_producing(stack: &Stack) -> Result<()> {
    let input = generated(stack, "month.csv", &["--seed", "5", "--days", "30"])?;
    let case = Case::new(stack, "outage", 2)?;
    let topics = stack.topics()?;
    let file = input.path.to_str().context("a path that is not text")?;
    let child = stack
        .programs()
        .crimes(&["produce", file, "--topic", &case.topic, "--rate", "5000/s"])?
        .start()?;
    wait_for("some records are sent", Duration::from_secs(30), || {
        Ok((topics.count(&case.topic)? > 0).then_some(()))
    })?;
    stack.kill("kafka")?;
    stack.start("kafka")?;
    finish(child)?.success()?;
    check_whole(&stack.topics()?.read(&case.topic)?, &input)
}
