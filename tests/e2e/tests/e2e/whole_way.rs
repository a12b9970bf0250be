//! The demo's way: a file through `crimes produce`, Kafka, `flink run` and the components into both tables and the index.

use anyhow::{Context, Result, ensure};
use e2e::harness::{Case, Compare, Ignored, Input, Scenario, Stack, generated, shared};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario { name: "first_days_of_2016", run: first_days_of_2016 },
    Scenario { name: "first_months_of_2018", run: first_months_of_2018 },
    Scenario { name: "generated_crimes", run: generated_crimes },
    Scenario {
        name: "any_parallelism_partitions_batches_and_windows",
        run: any_parallelism_partitions_batches_and_windows,
    },
    Scenario { name: "running_twice_changes_nothing", run: running_twice_changes_nothing },
    Scenario { name: "event_time_from_the_payload", run: event_time_from_the_payload },
];

/// Corrections, gaps and planted anomalies, and few enough records to go through many times.
fn small(stack: &Stack) -> Result<Input> {
    generated(
        stack,
        "small.csv",
        &["--seed", "7", "--days", "20", "--per-day", "900", "--corrections", "0.02"],
    )
}

/// A real file, without which the scenario says nothing.
fn real(name: &str) -> Result<Input> {
    shared(name)?.ok_or_else(|| Ignored(format!("{name} is not beside the project")).into())
}

fn first_days_of_2016(stack: &Stack) -> Result<()> {
    let input = real("crimes-2016-first-days.csv")?;
    let case = Case::new(stack, "first-days", 1)?;
    case.produce(&input.path)?;
    case.job().run_to_the_end()?;
    let answer = input.answer();
    ensure!(!answer.totals.is_empty() && !answer.documents.is_empty(), "the answer key is empty");
    answer.all(&case)?;
    let on_the_map = stack.index(&case.index)?.count_near_the_centre()?;
    ensure!(on_the_map > 0, "a map asks for documents near the centre and finds none");
    Ok(())
}

fn first_months_of_2018(stack: &Stack) -> Result<()> {
    let input = real("crimes-2018.csv.gz")?;
    let case = Case::new(stack, "first-months", 4)?;
    case.produce(&input.path)?;
    case.job().parallelism(4).run_to_the_end()?;
    let answer = input.answer();
    ensure!(!answer.anomalies.is_empty(), "the answer key has no anomaly");
    answer.all(&case)
}

fn generated_crimes(stack: &Stack) -> Result<()> {
    let input = small(stack)?;
    let answer = input.answer();
    ensure!(
        answer.duplicates > 0 && !answer.rejects.is_empty() && !answer.anomalies.is_empty(),
        "a dull file"
    );
    let case = Case::new(stack, "generated", 3)?;
    case.produce(&input.path)?;
    case.job().parallelism(2).run_to_the_end()?;
    answer.all(&case)
}

fn any_parallelism_partitions_batches_and_windows(stack: &Stack) -> Result<()> {
    let input = small(stack)?;
    let answer = input.answer();
    let jar = stack.cluster()?.upload(&stack.programs().jar()?)?;
    for partitions in [1, 6] {
        let case = Case::new(stack, &format!("many-{partitions}"), partitions)?;
        case.produce(&input.path)?;
        for parallelism in [1, 4] {
            // sliding windows from slices are what all other scenarios have; Flink's own give the same
            for (batch, windows) in [("1", "slices"), ("4096", "flink")] {
                stack.tables()?.clear()?;
                let job = case.job().parallelism(parallelism);
                let job = job.with("--batch-size", batch).with("--windows", windows);
                job.run_over_rest(&jar).and_then(|()| answer.all(&case)).with_context(|| {
                    format!("partitions {partitions}, parallelism {parallelism}, batch {batch}, windows {windows}")
                })?;
            }
        }
    }
    Ok(())
}

fn running_twice_changes_nothing(stack: &Stack) -> Result<()> {
    let input = small(stack)?;
    let answer = input.answer();
    let case = Case::new(stack, "twice", 2)?;
    case.produce(&input.path)?;
    for round in ["once", "twice"] {
        case.job().run_to_the_end()?;
        answer.all(&case).context(round)?;
    }
    Ok(())
}

/// Records that are stamped with the time of sending, as another producer would send them.
fn event_time_from_the_payload(stack: &Stack) -> Result<()> {
    let input = small(stack)?;
    let case = Case::new(stack, "payload", 1)?;
    let now = chrono::Utc::now().timestamp_millis();
    let stamped = Case::new(stack, "payload-stamped", 1)?;
    case.produce(&input.path)?;
    let topics = stack.topics()?;
    let values: Vec<_> = topics
        .read(&case.topic)?
        .into_iter()
        .map(|record| e2e::harness::Value {
            key: record.key,
            bytes: record.value,
            timestamp: now,
            partition: 0,
        })
        .collect();
    topics.send(&stamped.topic, &values)?;
    stamped.job().with("--event-time", "payload").run_to_the_end()?;
    input.answer().all(&stamped)
}
