//! Servers that are killed in the middle of a job: the same rows and documents come out.

use std::time::Duration;

use anyhow::{Context, Result};
use e2e::harness::{Case, Compare, Input, Run, Scenario, Stack, finish, generated, wait_for};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "a_task_manager_is_killed",
        run: |stack| dies_in_the_middle(stack, "taskmanager-1"),
    },
    // the same job, by its id, goes on: high availability
    Scenario {
        name: "the_job_manager_is_killed",
        run: |stack| dies_in_the_middle(stack, "jobmanager"),
    },
    Scenario { name: "postgres_is_killed", run: |stack| dies_in_the_middle(stack, "postgres") },
    Scenario {
        name: "elasticsearch_is_killed",
        run: |stack| dies_in_the_middle(stack, "elasticsearch"),
    },
    Scenario { name: "kafka_is_killed", run: |stack| dies_in_the_middle(stack, "kafka") },
];

const DEADLINE: Duration = Duration::from_secs(120);

fn input(stack: &Stack) -> Result<Input> {
    generated(stack, "faults.csv", &["--seed", "11", "--days", "60", "--corrections", "0.01"])
}

/// Records flow in for some seconds; in the middle the server is killed and started again; then the job is drained.
fn dies_in_the_middle(stack: &Stack, server: &str) -> Result<()> {
    let input = input(stack)?;
    let case = Case::new(stack, &format!("without-{server}"), 3)?;
    let cluster = stack.cluster()?;
    let job = case.job().parallelism(2).with("--checkpoint-interval", "500ms").start()?;
    let file = input.path.to_str().context("a path that is not text")?;
    let child = stack
        .programs()
        .crimes(&["produce", file, "--topic", &case.topic, "--rate", "4000/s"])?
        .start()?;
    wait_for("two checkpoints while records flow", DEADLINE, || {
        let some = stack.topics()?.count(&case.topic)? > 0;
        Ok((some && cluster.checkpoints(&job)? >= 2).then_some(()))
    })?;
    let before = cluster.checkpoints(&job)?;
    stack.kill(server)?;
    stack.start(server)?;
    finish(child)?.success().context("crimes produce")?;
    cluster.await_running(&job, DEADLINE)?;
    // records that were sent before the job was up again are read by then
    wait_for("the job has read everything and goes on with checkpoints", DEADLINE, || {
        let committed = stack.topics()?.committed(&case.topic, &case.topic)?;
        Ok((committed >= i64::try_from(input.rows.len())? && cluster.checkpoints(&job)? > before)
            .then_some(()))
    })
    .with_context(|| cluster.exception(&job))?;
    if server.starts_with("taskmanager") {
        let restarts = cluster.restarts(&job)?;
        anyhow::ensure!(restarts > 0, "the job did not notice that {server} was gone");
    }
    cluster.stop(&job, true, DEADLINE)?;
    input.answer().all(&case)
}
