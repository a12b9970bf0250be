//! Submitting, stopping and going on: the same jar many times on one cluster, savepoints, the REST interface.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::harness::{Case, Compare, Output, Run, Scenario, Stack, finish, generated, wait_for};
use e2e::oracle::answer;

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario { name: "twenty_submissions_on_one_cluster", run: twenty_submissions_on_one_cluster },
    Scenario { name: "a_savepoint_keeps_open_windows", run: a_savepoint_keeps_open_windows },
    Scenario {
        name: "a_savepoint_goes_on_under_its_own_windows_only",
        run: a_savepoint_goes_on_under_its_own_windows_only,
    },
    Scenario { name: "submitting_over_rest", run: submitting_over_rest },
    Scenario {
        name: "a_cancelled_job_goes_on_from_its_last_checkpoint",
        run: a_cancelled_job_goes_on_from_its_last_checkpoint,
    },
];

const DEADLINE: Duration = Duration::from_secs(120);

/// Twenty class loaders load the library, one after the other, while collections run and the JVM takes faults of its own
/// (null dereferences, a stack overflow), which share a signal with the components' traps.
fn twenty_submissions_on_one_cluster(stack: &Stack) -> Result<()> {
    let input = generated(stack, "twenty.csv", &["--seed", "2", "--days", "3"])?;
    let case = Case::new(stack, "twenty", 2)?;
    case.produce(&input.path)?;
    let cluster = stack.cluster()?;
    let managers = cluster.task_managers()?;
    let slots = u64::try_from(stack.options().task_managers * stack.options().slots)?;
    let (jar, provocation) = (
        cluster.upload(&stack.programs().jar()?)?,
        cluster.upload(&stack.programs().provocation()?)?,
    );
    for round in 0..20 {
        let job = case
            .job()
            .parallelism(2)
            .start_over_rest(&jar)
            .with_context(|| format!("submission {round}"))?;
        wait_for("the components are at work", DEADLINE, || {
            Ok(cluster.metric(&job, "ingest.records")?.filter(|&records| records > 0.0))
        })
        .with_context(|| cluster.exception(&job))?;
        cluster.cancel(&job)?;
        let provoked = cluster.start(&provocation, &[], None)?;
        ensure!(
            cluster.await_end(&provoked, DEADLINE)? == "FINISHED",
            "{}",
            cluster.exception(&provoked)
        );
    }
    ensure!(cluster.task_managers()? == managers, "a TaskManager was lost on the way");
    wait_for(
        "every slot is free",
        DEADLINE,
        || Ok((cluster.free_slots()? == slots).then_some(())),
    )?;
    ensure!(stack.is_healthy(), "a server is down");
    stack.tables()?.clear()?;
    case.job().run_to_the_end()?;
    input.answer().all(&case)
}

/// Half of a file, a savepoint in the middle of windows, and the rest after it: as if it had never stopped.
fn a_savepoint_keeps_open_windows(stack: &Stack) -> Result<()> {
    let input =
        generated(stack, "halves.csv", &["--seed", "4", "--days", "6", "--order", "sorted"])?;
    let case = Case::new(stack, "halves", 2)?;
    let text = std::fs::read_to_string(&input.path)?;
    let lines: Vec<&str> = text.lines().collect();
    let (header, rows) = lines.split_first().context("an empty file")?;
    let cluster = stack.cluster()?;
    let mut savepoint: Option<String> = None;
    for (name, half) in
        [("first.csv", &rows[..rows.len() / 2]), ("second.csv", &rows[rows.len() / 2..])]
    {
        let path = stack.directory().join(name);
        std::fs::write(&path, format!("{header}\n{}\n", half.join("\n")))?;
        let job =
            case.job().with("--checkpoint-interval", "500ms").start_from(savepoint.as_deref())?;
        case.produce(&path)?;
        let sent = stack.topics()?.count(&case.topic)?;
        wait_for("the job has read it", DEADLINE, || {
            Ok((stack.topics()?.committed(&case.topic, &case.topic)? >= sent).then_some(()))
        })
        .with_context(|| cluster.exception(&job))?;
        savepoint = Some(cluster.stop(&job, savepoint.is_some(), DEADLINE)?);
    }
    input.answer().all(&case)
}

/// All windows are open when the job stops: with another size they would be wrong, with another threshold they are not.
fn a_savepoint_goes_on_under_its_own_windows_only(stack: &Stack) -> Result<()> {
    let input = generated(stack, "windows.csv", &["--seed", "7", "--days", "3"])?;
    let expected = input.answer();
    let with_30 = answer(&input.rows, 30).anomalies.len();
    ensure!(with_30 < expected.anomalies.len(), "a threshold of 30 must leave something out");
    let case = Case::new(stack, "own-windows", 2)?;
    let cluster = stack.cluster()?;
    let job = || case.job().with("--out-of-orderness", "10d");
    let first = job()
        .with("--checkpoint-interval", "500ms")
        .with("--set", "anomaly.threshold=30")
        .start()?;
    case.produce(&input.path)?;
    let sent = stack.topics()?.count(&case.topic)?;
    wait_for("the job has read it", DEADLINE, || {
        Ok((stack.topics()?.committed(&case.topic, &case.topic)? >= sent).then_some(()))
    })
    .with_context(|| cluster.exception(&first))?;
    let savepoint = cluster.stop(&first, false, DEADLINE)?;

    let refused = job().with("--set", "anomaly.window-minutes=600").start_from(Some(&savepoint));
    let words = format!("{:#}", refused.err().context("other windows were taken")?);
    for side in ["5 h every 30 min", "10 h every 30 min", "or without the state"] {
        ensure!(words.contains(side), "no {side:?} in the refusal: {words}");
    }
    let last = cluster.jobs()?.pop().context("no job")?;
    ensure!(cluster.await_end(&last.id, DEADLINE)? == "FAILED", "it does not end");
    let failures = cluster.get(&format!("/jobs/{}/exceptions", last.id))?;
    let failures = failures["exceptionHistory"]["entries"].as_array().map_or(0, Vec::len);
    ensure!(failures == 1, "it was started {failures} times");

    let second = job().start_from(Some(&savepoint))?;
    cluster.stop(&second, true, DEADLINE)?;
    expected.all(&case)
}

/// `crimes submit` does over REST what `flink run` does.
fn submitting_over_rest(stack: &Stack) -> Result<()> {
    let input = generated(stack, "rest.csv", &["--seed", "6", "--days", "4"])?;
    let case = Case::new(stack, "rest", 1)?;
    case.produce(&input.path)?;
    let jar = stack.programs().jar()?;
    let password = stack.directory().join("password-of-the-job");
    std::fs::write(&password, stack.setting("PGPASSWORD")?)?;
    let job =
        case.job().with_all(&["--bounded"]).with("--postgres-password-file", text(&password)?);
    let mut arguments = vec!["submit", "run", "--jar", text(&jar)?, "--wait", "--"];
    arguments.extend(job.flags().iter().map(String::as_str));
    let done = stack.programs().crimes(&arguments)?.run()?.success()?;
    let id = done.stdout.trim();
    ensure!(stack.cluster()?.state(id)? == "FINISHED", "{done:?}");
    input.answer().all(&case)?;
    let wrong = stack
        .programs()
        .crimes(&["submit", "run", "--jar", text(&jar)?, "--", "--no-such-flag"])?
        .run()?
        .failure()?;
    ensure!(wrong.stderr.contains("--no-such-flag"), "{wrong:?}");
    Ok(())
}

/// Half of a file, an end without a savepoint, and the rest from where the last checkpoint was.
fn a_cancelled_job_goes_on_from_its_last_checkpoint(stack: &Stack) -> Result<()> {
    let input =
        generated(stack, "restored.csv", &["--seed", "8", "--days", "6", "--order", "sorted"])?;
    let case = Case::new(stack, "restored", 2)?;
    let whole = std::fs::read_to_string(&input.path)?;
    let lines: Vec<&str> = whole.lines().collect();
    let (header, rows) = lines.split_first().context("an empty file")?;
    let (first, second) = rows.split_at(rows.len() / 2);
    let (cluster, jar) = (stack.cluster()?, stack.programs().jar()?);
    let job = case.job().with("--checkpoint-interval", "500ms");
    let submit = |more: &[&str]| -> Result<_> {
        let mut arguments = vec!["submit", "run", "--jar", text(&jar)?];
        arguments.extend(more);
        arguments.push("--");
        arguments.extend(job.flags().iter().map(String::as_str));
        // where the password of the job is kept
        stack.programs().crimes(&arguments)?.env("XDG_STATE_HOME", stack.directory()).run()
    };
    let feed = |name: &str, rows: &[&str], id: &str| -> Result<()> {
        let path = stack.directory().join(name);
        std::fs::write(&path, format!("{header}\n{}\n", rows.join("\n")))?;
        case.produce(&path)?;
        let sent = stack.topics()?.count(&case.topic)?;
        wait_for("a checkpoint holds all of it", DEADLINE, || {
            Ok((stack.topics()?.committed(&case.topic, &case.topic)? >= sent).then_some(()))
        })
        .with_context(|| cluster.exception(id))
    };
    let one = submit(&[])?.success()?.stdout.trim().to_owned();
    feed("restored-1.csv", first, &one)?;
    let running = submit(&["--restore", "latest"])?.failure()?;
    ensure!(running.stderr.contains("end it first"), "{running:?}");
    stack.programs().crimes(&["submit", "cancel", &one])?.run()?.success()?;
    let status = stack.programs().crimes(&["submit", "status", &one])?.run()?.success()?;
    let told = status.stdout.lines().find_map(|line| line.strip_prefix("go on from"));
    let place =
        told.and_then(|rest| rest.split_whitespace().next()).context(status.stdout.clone())?;
    let two = submit(&["--restore", "latest"])?.success()?;
    ensure!(two.stderr.contains(place), "{two:?}");
    let two = two.stdout.trim();
    let restored = cluster.get(&format!("/jobs/{two}/checkpoints"))?;
    ensure!(restored["latest"]["restored"]["external_path"] == place, "{restored}");
    feed("restored-2.csv", second, two)?;
    let shown = cluster.all_pages(two)?.contains(stack.setting("PGPASSWORD")?);
    ensure!(!shown, "Flink shows the password of Postgres");
    let stopped = stop_while_it_restarts(stack, two)?;
    ensure!(stopped.stderr.contains("waiting up to"), "{stopped:?}");
    input.answer().all(&case)
}

/// `crimes submit stop --drain` of a job that has lost its TaskManagers, and gets them back.
fn stop_while_it_restarts(stack: &Stack, job: &str) -> Result<Output> {
    let managers: Vec<String> =
        (1..=stack.options().task_managers).map(|number| format!("taskmanager-{number}")).collect();
    managers.iter().try_for_each(|manager| stack.kill(manager))?;
    let cluster = stack.cluster()?;
    wait_for("the loss is noticed", DEADLINE, || {
        Ok((cluster.state(job)? != "RUNNING").then_some(()))
    })?;
    let stop = stack.programs().crimes(&["submit", "stop", "--drain", job])?.start()?;
    managers.iter().try_for_each(|manager| stack.start(manager))?;
    finish(stop)?.success()
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path that is not text")
}
