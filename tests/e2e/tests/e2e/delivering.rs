//! What `crimes produce` and `crimes follow` promise, kept through kills, interruptions and brokers that stay away.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::harness::{
    Case, Input, Output, Received, Run, Scenario, Stack, finish, generated, wait_for,
};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;

use crate::city::{City, Crime};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario { name: "a_killed_producer_resumes_where_it_was", run: resumes },
    Scenario { name: "a_killed_transaction_is_never_seen", run: transactions },
    Scenario { name: "an_interrupted_producer_waits_for_what_it_sent", run: interrupted },
    Scenario { name: "a_broker_that_stays_away_is_told", run: stays_away },
    Scenario { name: "a_broker_whose_disk_is_full_is_waited_for", run: full_disk },
    Scenario { name: "a_topic_that_loses_records_is_warned_of", run: losing_topics },
    Scenario { name: "secrets_are_not_seen", run: secrets },
    Scenario { name: "corrections_are_followed", run: follows },
];

const PATIENCE: Duration = Duration::from_secs(60);

fn month(stack: &Stack) -> Result<Input> {
    generated(stack, "delivered.csv", &["--seed", "11", "--days", "30", "--order", "shuffled"])
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path that is not text")
}

/// Starts `crimes produce`, and waits until some records are on the topic.
pub(crate) fn start_slowly(
    stack: &Stack,
    case: &Case<'_>,
    file: &Path,
    options: &[&str],
) -> Result<Child> {
    let mut arguments = vec!["produce", text(file)?, "--topic", &case.topic, "--rate", "1000/s"];
    arguments.extend(options);
    let topics = stack.topics()?;
    let before = topics.count_uncommitted(&case.topic)?;
    let child = stack.programs().crimes(&arguments)?.start()?;
    wait_for("some records are sent", PATIENCE, || {
        Ok((topics.count_uncommitted(&case.topic)? > before + 2000).then_some(()))
    })?;
    Ok(child)
}

fn run(stack: &Stack, case: &Case<'_>, file: &Path, options: &[&str]) -> Result<Output> {
    let mut arguments = vec!["produce", text(file)?, "--topic", &case.topic];
    arguments.extend(options);
    stack.programs().crimes(&arguments)?.run()
}

pub(crate) fn kill(mut child: Child) -> Result<()> {
    child.kill()?;
    child.wait()?;
    Ok(())
}

/// Each row is there once, and each partition is in event-time order.
fn check(records: &[Received], input: &Input) -> Result<()> {
    check_whole(records, input)?;
    let (records, rows) = (records.len(), input.rows.len());
    ensure!(records == rows, "{records} records of {rows} rows: some came twice");
    Ok(())
}

/// Each row is there, and each partition is in event-time order. Some may have come twice: a broker that died between
/// writing and acknowledging them has forgotten that it had them (docs/producer.md).
pub(crate) fn check_whole(records: &[Received], input: &Input) -> Result<()> {
    let values = records.iter().map(|record| record.value.as_deref());
    let values: Option<BTreeSet<&[u8]>> = values.collect();
    let found = values.context("a record without value")?.len();
    ensure!(found == input.rows.len(), "{found} different records of {} rows", input.rows.len());
    for pair in records.windows(2) {
        let same = pair[0].partition == pair[1].partition;
        ensure!(!same || pair[0].timestamp <= pair[1].timestamp, "out of order: {:?}", pair[1]);
    }
    Ok(())
}

fn resumes(stack: &Stack) -> Result<()> {
    let input = month(stack)?;
    let case = Case::new(stack, "resume", 3)?;
    let position = stack.directory().join("position.json");
    let resume = ["--resume", "--position", text(&position)?];
    for _ in 0..3 {
        kill(start_slowly(stack, &case, &input.path, &resume)?)?;
    }
    run(stack, &case, &input.path, &resume)?.success()?;
    check(&stack.topics()?.read(&case.topic)?, &input)?;
    // a second time there is nothing to send
    let again = run(stack, &case, &input.path, &resume)?.success()?;
    ensure!(again.stderr.contains("were sent before"), "{}", again.stderr);
    check(&stack.topics()?.read(&case.topic)?, &input)?;

    let other = Case::new(stack, "resume-other", 1)?;
    let refused = run(stack, &other, &input.path, &resume)?.failure()?;
    ensure!(refused.stderr.contains("topic"), "{}", refused.stderr);
    std::fs::write(&input.path, std::fs::read_to_string(&input.path)? + "x\n")?;
    let refused = run(stack, &case, &input.path, &resume)?.failure()?;
    ensure!(refused.stderr.contains("was changed"), "{}", refused.stderr);
    Ok(())
}

fn transactions(stack: &Stack) -> Result<()> {
    let input = month(stack)?;
    let case = Case::new(stack, "transactions", 3)?;
    kill(start_slowly(stack, &case, &input.path, &["--transactional"])?)?;
    let whole = run(stack, &case, &input.path, &["--transactional"])?.success()?;
    ensure!(whole.stderr.contains("committed"), "{}", whole.stderr);
    check(&stack.topics()?.read(&case.topic)?, &input)?;
    ensure!(
        stack.topics()?.count(&case.topic)? > input.rows.len() as i64,
        "nothing of the killed transaction is on the topic: it proves nothing"
    );
    Ok(())
}

fn interrupted(stack: &Stack) -> Result<()> {
    let input = month(stack)?;
    let case = Case::new(stack, "interrupted", 2)?;
    let child = start_slowly(stack, &case, &input.path, &["--json"])?;
    let signalled = Command::new("kill").args(["-INT", &child.id().to_string()]).status()?;
    ensure!(signalled.success(), "the process could not be signalled");
    let output = finish(child)?;
    ensure!(output.status.code() == Some(130), "{output:?}");
    let summary: serde_json::Value = serde_json::from_str(&output.stdout)?;
    let there = stack.topics()?.count(&case.topic)?;
    ensure!(summary["ended"] == "interrupted", "{summary}");
    ensure!(summary["acknowledged"] == there && summary["unknown"] == 0, "{there}: {summary}");
    Ok(())
}

fn stays_away(stack: &Stack) -> Result<()> {
    let input = month(stack)?;
    let case = Case::new(stack, "away", 2)?;
    let child = start_slowly(stack, &case, &input.path, &["--delivery-timeout", "3"])?;
    stack.kill("kafka")?;
    let output = finish(child)?;
    stack.start("kafka")?;
    ensure!(output.status.code() == Some(3), "{output:?}");
    let said = format!("records not acknowledged by {}-", case.topic);
    ensure!(output.stderr.contains(&said), "{}", output.stderr);
    ensure!(output.stderr.contains("delivery timeout"), "{}", output.stderr);
    Ok(())
}

/// The broker gives up where its log can't grow. With room again, the producer goes on where it was.
fn full_disk(stack: &Stack) -> Result<()> {
    let input = generated(stack, "full.csv", &["--seed", "12", "--days", "80"])?;
    let case = Case::new(stack, "full-disk", 1)?;
    stack.control(&["stop", "kafka"])?;
    // a segment's index alone takes 10 MB when it is made
    stack.start_with_small_files("kafka", 12_000)?;
    let options = ["--json", "--topic", &case.topic, "-X", "compression.type=none"];
    let mut producing = stack.programs().crimes(&["produce", text(&input.path)?])?;
    let child = producing.args(options).start()?;
    let gave_up =
        wait_for("the broker gives up", PATIENCE, || Ok((!stack.is_healthy()).then_some(())));
    stack.start("kafka")?;
    gave_up?;
    let output = finish(child)?.success()?;
    let summary: serde_json::Value = serde_json::from_str(&output.stdout)?;
    ensure!(summary["acknowledged"] == input.rows.len() && summary["failed"] == 0, "{summary}");
    check_whole(&stack.topics()?.read(&case.topic)?, &input)
}

fn losing_topics(stack: &Stack) -> Result<()> {
    let input = generated(stack, "few.csv", &["--days", "1", "--per-day", "10"])?;
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", stack.setting("KAFKA_BOOTSTRAP")?).create()?;
    for (name, setting, value, said) in [
        ("forgetful", "retention.ms", "604800000", "retention.ms=604800000"),
        ("compacted", "cleanup.policy", "compact", "is compacted"),
        ("stamping", "message.timestamp.type", "LogAppendTime", "with their arrival"),
    ] {
        let mut topic = NewTopic::new(name, 1, TopicReplication::Fixed(1)).set(setting, value);
        if setting != "retention.ms" {
            topic = topic.set("retention.ms", "-1");
        }
        for made in pollster::block_on(admin.create_topics([&topic], &AdminOptions::new()))? {
            made.map_err(|(name, code)| anyhow::anyhow!("creating topic {name}: {code}"))?;
        }
        let arguments = ["produce", text(&input.path)?, "--topic", name, "--limit", "1"];
        let output = stack.programs().crimes(&arguments)?.run()?;
        ensure!(output.stderr.contains(said), "{name}: {}", output.stderr);
    }
    Ok(())
}

/// A broker that does not know the mechanism: the client fails, and all that it logs is shown.
fn secrets(stack: &Stack) -> Result<()> {
    let input = generated(stack, "few.csv", &["--days", "1", "--per-day", "10"])?;
    let mut command = stack.programs().crimes(&["produce", text(&input.path)?, "-vv"])?;
    command
        .args(["--connect-timeout", "5", "-X", "debug=all"])
        .env("CRIMES_KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT")
        .env("CRIMES_KAFKA_SASL_MECHANISM", "PLAIN")
        .env("CRIMES_KAFKA_SASL_USERNAME", "crimes")
        .env("CRIMES_KAFKA_SASL_PASSWORD", "hush-hush");
    let output = command.run()?.failure()?;
    ensure!(output.status.code() == Some(4), "{output:?}");
    ensure!(output.stderr.contains("librdkafka"), "nothing was logged:\n{}", output.stderr);
    ensure!(!output.stderr.contains("hush") && !output.stdout.contains("hush"), "{output:?}");
    Ok(())
}

fn follows(stack: &Stack) -> Result<()> {
    let case = Case::new(stack, "follow", 1)?;
    let crimes: Vec<Crime> = (1..20)
        .map(|id| {
            Crime::new(id, &format!("2018-01-{:02}T12:00:00", 20 - id), "2018-02-01T00:00:00")
        })
        .collect();
    let city = City::with(&crimes);
    let position = stack.directory().join("follow.json");
    let topics = stack.topics()?;
    let once = |since: &[&str]| -> Result<Output> {
        let mut arguments = vec!["follow", "--once", "--host", city.address(), "--page", "7"];
        arguments.extend(["--topic", &case.topic, "--position", text(&position)?]);
        arguments.extend(since);
        stack.programs().crimes(&arguments)?.run()?.success()
    };
    once(&["--since", "2018-01-01"])?;
    ensure!(topics.count(&case.topic)? == 19, "the beginning is not whole");
    once(&[])?;
    ensure!(topics.count(&case.topic)? == 19, "records came twice");
    city.add(Crime::new(4, "2018-01-16T12:00:00", "2018-02-02T00:00:00"));
    city.add(Crime::new(30, "2018-01-31T12:00:00", "2018-02-02T00:00:00"));
    once(&[])?;
    let records = topics.read(&case.topic)?;
    ensure!(records.len() == 21, "{} records after a correction and a new one", records.len());
    for record in &records[19..] {
        let value: serde_json::Value =
            serde_json::from_slice(record.value.as_deref().context("a record without value")?)?;
        ensure!(value["Updated_On"] == "2018-02-02T00:00:00", "{value}");
        ensure!(record.key.as_deref() == Some("007"), "{record:?}");
    }
    Ok(())
}
