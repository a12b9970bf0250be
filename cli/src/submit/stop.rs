//! `crimes submit stop`.

use std::io::Write as _;
use std::time::{Duration, Instant};

use clap::Args;

use super::{END, job_id, must_be_alive};
use crate::exit::{Exit, Fault};
use crate::flink::{Flink, FlinkOptions, Savepoint, Stopped, is_terminal, pause};
use crate::session::{Session, finish};

#[derive(Debug, Args)]
pub(super) struct StopOptions {
    /// The job's id, as `crimes submit run` printed it
    #[arg(value_name = "JOB", value_parser = job_id)]
    job: String,
    /// Folder for the savepoint, as the cluster sees it [default: the cluster's state.savepoints.dir]
    #[arg(long, value_name = "FOLDER")]
    savepoint_dir: Option<String>,
    /// Close all windows first: their rows are written as they stand, and the job is over for good
    #[arg(long)]
    drain: bool,
    /// How long to wait for a job that is being restarted: only one that runs can make a savepoint
    #[arg(long, value_name = "SECONDS", default_value_t = 180)]
    patience: u64,
    #[command(flatten)]
    flink: FlinkOptions,
}

/// Flink's words where a job was not up when it was told to stop, or went down while the savepoint was made.
const NOT_UP: [&str; 3] = ["suspending", "not all required tasks", "is not being executed"];

pub(super) fn stop(options: &StopOptions, session: &Session) -> anyhow::Result<Exit> {
    let StopOptions { job, savepoint_dir, drain, patience, .. } = options;
    let flink = Flink::new(&options.flink)?;
    must_be_alive(&flink, job)?;
    let savepoint = Savepoint { folder: savepoint_dir.as_deref(), drain: *drain };
    let until = Instant::now() + Duration::from_secs(*patience);
    let mut refusal = None;
    let path = loop {
        await_up(&flink, job, until, *patience, refusal.as_deref(), session)?;
        match flink.stop(job, &savepoint)? {
            Stopped::At(path) => break path,
            Stopped::Refused(why) => {
                let lower = why.to_lowercase();
                if !NOT_UP.iter().any(|words| lower.contains(words)) || Instant::now() > until {
                    let sentence = format!("Flink does not stop {job} with a savepoint: {why}");
                    return Err(Fault::new(Exit::JobFailed, sentence).into());
                }
                session.detail(format_args!("Flink does not stop {job} yet: {why}"));
                refusal = Some(why);
                pause(&format!("job {job} goes on"))?;
            }
        }
    };
    let state = flink.await_end(job, END)?;
    session.info(format_args!("job {job} is {state}; its savepoint:"));
    let mut data = session.data();
    writeln!(data, "{path}")?;
    finish(data)?;
    Ok(Exit::Done)
}

/// Waits until every task runs: one that is being restarted makes no savepoint.
fn await_up(
    flink: &Flink,
    job: &str,
    until: Instant,
    patience: u64,
    refusal: Option<&str>,
    session: &Session,
) -> anyhow::Result<()> {
    let mut told = false;
    loop {
        let progress = flink.progress(job, false)?;
        if progress.is_up() {
            return Ok(());
        }
        let state = format!(
            "job {job} is {} with {} of {} tasks up",
            progress.state, progress.tasks_up, progress.tasks
        );
        if is_terminal(&progress.state) {
            let sentence = format!("job {job} is {}; there is no savepoint of it", progress.state);
            return Err(Fault::new(Exit::JobFailed, sentence).into());
        }
        if Instant::now() > until {
            let why = refusal.map(|why| format!("; Flink said: {why}")).unwrap_or_default();
            let sentence = format!(
                "{state} after {patience} s, and only a job that runs can make a savepoint: wait longer \
                 (--patience SECONDS), or `crimes submit cancel {job}` and go on from its last checkpoint{why}"
            );
            return Err(Fault::new(Exit::JobFailed, sentence).into());
        }
        if !told {
            session.info(format_args!(
                "{state}; waiting up to {patience} s until it runs, to make its savepoint"
            ));
            told = true;
        }
        pause(&format!("job {job} goes on"))?;
    }
}
