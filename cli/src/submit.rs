//! `crimes submit`: starts, watches and ends the job over Flink's REST interface.

mod arguments;
mod restore;
mod run;
mod stop;
mod watch;

use std::io::Write as _;
use std::time::Duration;

use clap::{Args, Subcommand};

use self::run::RunOptions;
use self::stop::StopOptions;
use crate::exit::{Exit, Fault};
use crate::figures::thousands;
use crate::flink::{Flink, FlinkOptions, Job, is_terminal};
use crate::session::{Session, finish};

const EXAMPLES: &str = "\
Examples:
  crimes submit run --jar crimes-job.jar
      start the job for ever, and print its id
  crimes submit run --jar crimes-job.jar --wait -- --bounded
      all that is in the topic now, then the end; what follows -- is the job's own (java -jar crimes-job.jar --help)
  crimes submit stop JOB
      make a savepoint, print its path, then the end
  crimes submit run --jar crimes-job.jar --from-savepoint PATH
      go on from there
  crimes submit run --jar crimes-job.jar --restore latest
      go on from where the last job of this topic was, however it ended";

/// Options of `crimes submit`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SubmitOptions {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Upload the job's jar, unless it is there already, and start it
    Run(RunOptions),
    /// Show the jobs of the cluster
    List(ListOptions),
    /// Show how far a job is, why it failed, and from where it could go on
    Status(JobOptions),
    /// End a job at once, without a savepoint
    Cancel(JobOptions),
    /// End a job with a savepoint, from which it can go on
    Stop(StopOptions),
}

#[derive(Debug, Args)]
struct ListOptions {
    #[command(flatten)]
    flink: FlinkOptions,
}

#[derive(Debug, Args)]
struct JobOptions {
    /// The job's id, as `crimes submit run` printed it
    #[arg(value_name = "JOB", value_parser = job_id)]
    job: String,
    #[command(flatten)]
    flink: FlinkOptions,
}

/// 32 hexadecimal digits, which also keeps it from being another path.
fn job_id(text: &str) -> Result<String, String> {
    if text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(text.to_lowercase());
    }
    Err("a job's id has 32 hexadecimal digits; `crimes submit list` shows them".to_owned())
}

/// How long a job may take to end after it was told to.
const END: Duration = Duration::from_secs(180);

/// Does what the subcommand says.
pub(crate) fn submit(options: &SubmitOptions, session: &Session) -> anyhow::Result<Exit> {
    match &options.action {
        Action::Run(options) => run::run(options, session),
        Action::List(options) => list(&Flink::new(&options.flink)?, session),
        Action::Status(JobOptions { job, flink }) => status(&Flink::new(flink)?, job, session),
        Action::Cancel(JobOptions { job, flink }) => {
            let flink = Flink::new(flink)?;
            must_be_alive(&flink, job)?;
            flink.cancel(job)?;
            let state = flink.await_end(job, END)?;
            session.info(format_args!("job {job} is {state}"));
            Ok(Exit::Done)
        }
        Action::Stop(options) => stop::stop(options, session),
    }
}

/// Told to end, an ended job would be left as it is without a word.
fn must_be_alive(flink: &Flink, job: &str) -> anyhow::Result<()> {
    let state = flink.progress(job, false)?.state;
    if is_terminal(&state) {
        return Err(Fault::new(Exit::Failed, format!("job {job} is already {state}")).into());
    }
    Ok(())
}

fn list(flink: &Flink, session: &Session) -> anyhow::Result<Exit> {
    let jobs = flink.jobs()?;
    let mut data = session.data();
    if jobs.is_empty() {
        session.info(format_args!("Flink at {} has no jobs", flink.address()));
    } else {
        writeln!(data, "{:<32}  {:<10} {:>8}  name", "job", "state", "for")?;
    }
    for Job { id, name, state, duration, .. } in &jobs {
        writeln!(data, "{id:<32}  {state:<10} {:>6} s  {name}", duration / 1000)?;
    }
    finish(data)?;
    Ok(Exit::Done)
}

fn status(flink: &Flink, job: &str, session: &Session) -> anyhow::Result<Exit> {
    let progress = flink.progress(job, true)?;
    let mut data = session.data();
    writeln!(data, "state        {}", progress.state)?;
    writeln!(data, "tasks        {} of {} up", progress.tasks_up, progress.tasks)?;
    if let Some(records) = progress.records {
        writeln!(data, "records      {}", thousands(records))?;
    }
    writeln!(data, "checkpoints  {}", thousands(progress.checkpoints))?;
    if let Some(newest) = flink.newest_checkpoint(job)? {
        writeln!(data, "go on from   {} ({})", newest.path, newest.told())?;
    }
    if let Some(failure) = flink.failure(job)? {
        writeln!(data, "failure      {failure}")?;
    }
    finish(data)?;
    Ok(Exit::Done)
}
