//! What moves the watermark and what must not: servers that stand still, records from the future, partitions that are
//! new, instances that have none.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use chrono::{NaiveDate, NaiveTime};
use e2e::harness::{
    Case, Compare, Input, Run, Scenario, Stack, Value, finish, generated, same, wait_for,
};
use e2e::oracle::{Total, judge};

use crate::late::crime;

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario { name: "kafka_stands_still_longer_than_idleness", run: kafka_stands_still },
    Scenario { name: "one_record_from_the_future_makes_none_late", run: from_the_future },
    Scenario { name: "partitions_that_are_added_are_read", run: added_partitions },
    Scenario { name: "an_instance_without_a_partition_holds_nothing_back", run: more_instances },
];

const DEADLINE: Duration = Duration::from_secs(120);

fn read_everything(stack: &Stack, case: &Case<'_>, job: &str) -> Result<()> {
    wait_for("the job has read everything", DEADLINE, || {
        let sent = stack.topics()?.count(&case.topic)?;
        Ok((stack.topics()?.committed(&case.topic, &case.topic)? >= sent).then_some(()))
    })
    .with_context(|| stack.cluster().map(|cluster| cluster.exception(job)).unwrap_or_default())
}

/// Both halves of a sorted file, each with the header.
fn halves(stack: &Stack, input: &Input) -> Result<(PathBuf, PathBuf)> {
    let text = fs::read_to_string(&input.path)?;
    let lines: Vec<&str> = text.lines().collect();
    let (header, rows) = lines.split_first().context("an empty file")?;
    let (first, second) = rows.split_at(rows.len() / 2);
    let write = |name: &str, half: &[&str]| -> Result<PathBuf> {
        let path = stack.directory().join(name);
        fs::write(&path, format!("{header}\n{}\n", half.join("\n")))?;
        Ok(path)
    };
    Ok((write("half-1.csv", first)?, write("half-2.csv", second)?))
}

/// All is in order on every partition. None is at its end while the broker is deaf, so none may be taken for idle,
/// or the first that comes back moves the watermark alone.
fn kafka_stands_still(stack: &Stack) -> Result<()> {
    let input = generated(stack, "still.csv", &["--seed", "17", "--days", "60"])?;
    let case = Case::new(stack, "still", 4)?;
    let cluster = stack.cluster()?;
    let job = case
        .job()
        .parallelism(2)
        .with("--checkpoint-interval", "500ms")
        .with("--idleness", "2s")
        .start()?;
    let file = input.path.to_str().context("a path that is not text")?;
    let child = stack
        .programs()
        .crimes(&["produce", file, "--topic", &case.topic, "--rate", "3000/s"])?
        .start()?;
    for _ in 0..2 {
        let before = stack.topics()?.committed(&case.topic, &case.topic)?;
        wait_for("records flow", DEADLINE, || {
            let now = stack.topics()?.committed(&case.topic, &case.topic)?;
            Ok((now > before + 3000).then_some(()))
        })
        .with_context(|| cluster.exception(&job))?;
        stack.freeze("kafka")?;
        // a length of time is what is tried here: longer than idleness, with all that it is found out by
        std::thread::sleep(Duration::from_secs(6));
        stack.thaw("kafka")?;
    }
    finish(child)?.success().context("crimes produce")?;
    read_everything(stack, &case, &job)?;
    cluster.stop(&job, true, DEADLINE)?;
    input.answer().all(&case)
}

/// One wrong year as the first record of the only partition, and one in the middle.
fn from_the_future(stack: &Stack) -> Result<()> {
    let input = generated(stack, "future.csv", &["--seed", "18", "--days", "6"])?;
    let case = Case::new(stack, "future", 1)?;
    let (first, second) = halves(stack, &input)?;
    let job = case.job().with("--checkpoint-interval", "500ms").start()?;
    let topics = stack.topics()?;
    topics.send(&case.topic, &[crime(900_000_001, "2102-01-01T10:00:00")?])?;
    case.produce(&first)?;
    topics.send(&case.topic, &[crime(900_000_002, "2102-01-01T11:00:00")?])?;
    case.produce(&second)?;
    read_everything(stack, &case, &job)?;
    let cluster = stack.cluster()?;
    wait_for("both are counted as too far ahead", DEADLINE, || {
        let name = format!("Source__kafka-{}.recordsTooFarAhead", case.topic);
        let ahead = cluster.metric(&job, &name)?;
        Ok((ahead == Some(2.0)).then_some(()))
    })?;
    cluster.stop(&job, true, DEADLINE)?;

    let mut expected = input.answer();
    let day = NaiveDate::from_ymd_opt(2102, 1, 1).context("no such day")?;
    expected
        .totals
        .insert((7, day.and_time(NaiveTime::MIN)), Total { crimes: 2, ..Total::default() });
    expected.tables(&case)?;
    let late = topics.dead_letters(&case.late)?;
    ensure!(late.is_empty(), "{} records are late, such as {:?}", late.len(), late[0]);
    Ok(())
}

/// Two partitions are four in the middle. The new ones hold back the watermark as the old ones do.
fn added_partitions(stack: &Stack) -> Result<()> {
    let input = generated(stack, "added.csv", &["--seed", "19", "--days", "20"])?;
    let case = Case::new(stack, "added", 2)?;
    let (first, second) = halves(stack, &input)?;
    let config = stack.directory().join("added.properties");
    fs::write(&config, "kafka.partition.discovery.interval.ms=300\n")?;
    let job = case
        .job()
        .parallelism(2)
        .with("--checkpoint-interval", "500ms")
        .with("--config", config.to_str().context("a path that is not text")?)
        .start()?;
    case.produce(&first)?;
    read_everything(stack, &case, &job)?;
    let topics = stack.topics()?;
    topics.extend(&case.topic, 4)?;
    // a tombstone each, from the time at which the second half goes on
    let begin = judge(&input.rows[input.rows.len() / 2]).crime.context("no crime")?.date;
    let timestamp = begin.and_utc().timestamp_millis();
    let tombstone = |partition| Value { timestamp, partition, ..Value::default() };
    topics.send(&case.topic, &[tombstone(2), tombstone(3)])?;
    read_everything(stack, &case, &job)?;
    case.produce(&second)?;
    read_everything(stack, &case, &job)?;
    stack.cluster()?.stop(&job, true, DEADLINE)?;
    input.answer().tables(&case)?;
    input.answer().documents(&case)?;
    let late = topics.dead_letters(&case.late)?;
    ensure!(late.is_empty(), "{} records are late, such as {:?}", late.len(), late[0]);
    Ok(())
}

/// One partition, two instances, and nothing ever is idle: rows come all the same.
fn more_instances(stack: &Stack) -> Result<()> {
    let input = generated(stack, "instances.csv", &["--seed", "20", "--days", "3"])?;
    let case = Case::new(stack, "instances", 1)?;
    let job = case.job().parallelism(2).with("--idleness", "0").start()?;
    case.produce(&input.path)?;
    wait_for("rows of the first day are written", DEADLINE, || {
        Ok((!stack.tables()?.totals()?.is_empty()).then_some(()))
    })
    .with_context(|| stack.cluster().map(|cluster| cluster.exception(&job)).unwrap_or_default())?;
    stack.cluster()?.stop(&job, true, DEADLINE)?;
    same("crime_per_district_day", &input.answer().totals, &stack.tables()?.totals()?)
}
