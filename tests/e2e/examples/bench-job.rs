//! `make bench`: records a second of the job from Kafka to both tables on one slot, beside what Flink itself costs
//! (the same source to a sink that discards) and beside the same tables by hand-written Java, all in the same run.
//!
//! `bench-job [FILE]`: a CSV file of crimes; without one four generated years, a million records, so that what a job needs to
//! start does not decide. `ROUNDS` is how often each job runs (3); the median counts. Times are Flink's own, from RUNNING
//! to FINISHED, so what starts in that time (classes, components, connections) is in them.
#![allow(clippy::print_stdout, reason = "the table of results is data")]

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::harness::{Case, Input, Run, Stack, StackOptions, generated};
use e2e::oracle::Answer;

/// Runs one of the jobs that are compared, to its end.
type Job = fn(&Case<'_>) -> Result<()>;

fn main() -> Result<()> {
    let stack = Stack::up(StackOptions { task_managers: 1, slots: 1, environment: Vec::new() })?;
    let input = match std::env::args().nth(1) {
        Some(path) => Input::read(&PathBuf::from(path))?,
        None => {
            generated(&stack, "bench.csv", &["--seed", "1", "--years", "4", "--corrections", "0"])?
        }
    };
    let rounds: usize =
        std::env::var("ROUNDS").ok().map_or(Ok(3), |text| text.parse()).context("ROUNDS")?;
    let answer = input.answer();
    let case = Case::new(&stack, "bench", 1)?;
    case.produce(&input.path)?;
    let records = u32::try_from(stack.topics()?.count(&case.topic)?)?;
    eprintln!("{records} records of {}, {rounds} rounds, one slot", input.path.display());

    let jobs: [(&str, Job); 5] = [
        ("source to a sink that discards", discard),
        ("both tables, components", components),
        ("both tables, components, Flink's windows", flinks_windows),
        ("both tables, hand-written Java", rival),
        ("both tables and the index, components", everything),
    ];
    let mut times = vec![Vec::new(); jobs.len()];
    for round in 0..rounds {
        for ((name, run), times) in jobs.iter().zip(&mut times) {
            stack.tables()?.clear()?;
            run(&case).with_context(|| (*name).to_owned())?;
            let seconds = last_job(&stack)?;
            eprintln!("round {} {name}: {seconds:.2} s", round + 1);
            times.push(seconds);
            check(&stack, &answer, name)?;
        }
    }
    let median: Vec<f64> = times.iter_mut().map(|times| middle(times)).collect();
    println!("{:<42} {:>8} {:>12}", "job", "seconds", "records/s");
    for ((name, _), seconds) in jobs.iter().zip(&median) {
        println!("{name:<42} {seconds:>8.2} {:>12.0}", f64::from(records) / seconds);
    }
    println!("components : hand-written Java = {:.2} : 1 (records/s)", median[3] / median[1]);
    println!("slices : Flink's windows       = {:.2} : 1 (records/s)", median[2] / median[1]);
    println!("components : Flink's own cost  = {:.2} : 1 (records/s)", median[0] / median[1]);
    println!("\n{}", stack.status()?);
    Ok(())
}

fn discard(case: &Case<'_>) -> Result<()> {
    case.job().with_all(&["--discard"]).run_to_the_end()
}

fn components(case: &Case<'_>) -> Result<()> {
    case.job().with("--elasticsearch-url", "").run_to_the_end()
}

fn flinks_windows(case: &Case<'_>) -> Result<()> {
    case.job().with("--elasticsearch-url", "").with("--windows", "flink").run_to_the_end()
}

fn everything(case: &Case<'_>) -> Result<()> {
    case.job().run_to_the_end()
}

fn rival(case: &Case<'_>) -> Result<()> {
    let stack = case.stack;
    let programs = stack.programs();
    let (jar, rival) = (programs.jar()?, programs.rival()?);
    let url = format!(
        "jdbc:postgresql://{}:{}/{}",
        stack.setting("PGHOST")?,
        stack.setting("PGPORT")?,
        stack.setting("PGDATABASE")?
    );
    let url_of = |jar: PathBuf| anyhow::Ok(format!("file://{}", jar.canonicalize()?.display()));
    // the job's jar has the connector to Kafka and the driver, the other one what the rival writes with
    let (kafka, jdbc) = (url_of(jar)?, url_of(programs.rivals_connector()?)?);
    let cluster = stack.cluster()?;
    let arguments = [
        "run",
        "--jobmanager",
        cluster.address(),
        "--parallelism",
        "1",
        "--classpath",
        &kafka,
        "--classpath",
        &jdbc,
        rival.to_str().context("a path that is not text")?,
        stack.setting("KAFKA_BOOTSTRAP")?,
        &case.topic,
        &url,
        stack.setting("PGUSER")?,
    ];
    programs.flink(&arguments)?.run()?.success()?;
    Ok(())
}

/// Seconds that the last job ran.
fn last_job(stack: &Stack) -> Result<f64> {
    let cluster = stack.cluster()?;
    let job = cluster.jobs()?.pop().context("no job")?;
    cluster.await_end(&job.id, Duration::from_secs(60))?;
    let stamps = &cluster.get(&format!("/jobs/{}", job.id))?["timestamps"];
    let at = |state: &str| stamps[state].as_f64().with_context(|| format!("{state}: {stamps}"));
    Ok((at("FINISHED")? - at("RUNNING")?) / 1000.0)
}

/// A fast wrong answer is worth nothing. The rival counts records, not crimes, and no arrests.
fn check(stack: &Stack, answer: &Answer, name: &str) -> Result<()> {
    let (totals, anomalies) = (stack.tables()?.totals()?, stack.tables()?.anomalies()?);
    if name.contains("discards") {
        return Ok(());
    }
    ensure!(
        totals.len() == answer.totals.len(),
        "{name}: {} of {} days",
        totals.len(),
        answer.totals.len()
    );
    ensure!(
        anomalies.len() == answer.anomalies.len(),
        "{name}: {} of {}",
        anomalies.len(),
        answer.anomalies.len()
    );
    Ok(())
}

fn middle(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
