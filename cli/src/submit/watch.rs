//! Watches a job: every change of its state is a line, and on a terminal one line more that moves.

use std::io::{self, Write as _};
use std::time::Duration;

use crate::exit::{Exit, Fault};
use crate::figures::thousands;
use crate::flink::{Flink, Progress, is_terminal};
use crate::interrupt;
use crate::session::Session;

const PAUSE: Duration = Duration::from_millis(200);

/// Waits until every task of a job runs. Gives the exit code if it ended before that.
pub(super) fn until_up(
    flink: &Flink,
    job: &str,
    session: &Session,
) -> anyhow::Result<Option<Exit>> {
    let progress = watch(flink, job, session, Progress::is_up)?;
    if is_terminal(&progress.state) { ended(flink, job, &progress).map(Some) } else { Ok(None) }
}

/// Waits until a job has ended.
pub(super) fn until_end(flink: &Flink, job: &str, session: &Session) -> anyhow::Result<Exit> {
    let progress = watch(flink, job, session, |_| false)?;
    ended(flink, job, &progress)
}

fn ended(flink: &Flink, job: &str, progress: &Progress) -> anyhow::Result<Exit> {
    if progress.state == "FINISHED" {
        return Ok(Exit::Done);
    }
    let why = flink.failure(job)?.map(|why| format!(": {why}")).unwrap_or_default();
    Err(Fault::new(Exit::JobFailed, format!("job {job} is {}{why}", progress.state)).into())
}

/// Waits until the job has ended or `enough` says so.
fn watch(
    flink: &Flink,
    job: &str,
    session: &Session,
    enough: fn(&Progress) -> bool,
) -> anyhow::Result<Progress> {
    let moving = session.shows_progress();
    let mut last_state = String::new();
    loop {
        let progress = flink.progress(job, moving)?;
        if progress.state != last_state {
            clear(moving);
            session.info(format_args!("job {job} is {}", progress.state));
            last_state.clone_from(&progress.state);
        }
        if is_terminal(&progress.state) || enough(&progress) {
            clear(moving);
            return Ok(progress);
        }
        if moving {
            draw(&progress);
        }
        if interrupt::requested() {
            clear(moving);
            let sentence = format!(
                "interrupted: the job goes on as {job}; `crimes submit status {job}` shows it, `crimes submit cancel \
                 {job}` ends it"
            );
            return Err(Fault::new(Exit::Interrupted, sentence).into());
        }
        std::thread::sleep(PAUSE);
    }
}

fn draw(progress: &Progress) {
    let records = progress.records.map(|it| format!(", {} records", thousands(it)));
    let line = format!(
        "{} of {} tasks{}, {} checkpoints",
        progress.tasks_up,
        progress.tasks,
        records.unwrap_or_default(),
        thousands(progress.checkpoints)
    );
    let mut terminal = io::stderr().lock();
    // a terminal that is gone needs no line
    let _ = write!(terminal, "\r\x1b[K{line}").and_then(|()| terminal.flush());
}

fn clear(moving: bool) {
    if moving {
        let mut terminal = io::stderr().lock();
        let _ = write!(terminal, "\r\x1b[K").and_then(|()| terminal.flush());
    }
}
