//! Watches a job: every change of its state is a line, and on a terminal one line more that moves.

use std::io::{self, Write as _};
use std::time::Duration;

use crate::exit::{Exit, Fault};
use crate::figures::thousands;
use crate::flink::{Flink, Progress, is_terminal};
use crate::interrupt;
use crate::session::Session;

const PAUSE: Duration = Duration::from_millis(200);

/// A job that somebody watches.
pub(super) struct Watch<'a> {
    flink: &'a Flink,
    job: &'a str,
    session: &'a Session,
    /// what was told last
    state: String,
}

impl<'a> Watch<'a> {
    pub(super) fn new(flink: &'a Flink, job: &'a str, session: &'a Session) -> Self {
        Self { flink, job, session, state: String::new() }
    }

    /// Waits until every task of the job runs; false if it has ended before that, well.
    pub(super) fn until_up(&mut self) -> anyhow::Result<bool> {
        let progress = self.until(Progress::is_up)?;
        if progress.is_up() {
            return Ok(true);
        }
        self.ended(&progress)?;
        Ok(false)
    }

    /// Waits until the job has ended.
    pub(super) fn until_end(&mut self) -> anyhow::Result<()> {
        let progress = self.until(|_| false)?;
        self.ended(&progress)
    }

    /// A job that did not end well is an error.
    fn ended(&self, progress: &Progress) -> anyhow::Result<()> {
        if progress.state == "FINISHED" {
            return Ok(());
        }
        let why = self.flink.failure(self.job)?.map(|why| format!(": {why}")).unwrap_or_default();
        let sentence = format!("job {} is {}{why}", self.job, progress.state);
        Err(Fault::new(Exit::JobFailed, sentence).into())
    }

    /// Waits until the job has ended or `enough` says so.
    fn until(&mut self, enough: fn(&Progress) -> bool) -> anyhow::Result<Progress> {
        let job = self.job;
        let moving = self.session.shows_progress();
        loop {
            let progress = self.flink.progress(job, moving)?;
            if progress.state != self.state {
                clear(moving);
                self.session.info(format_args!("job {job} is {}", progress.state));
                self.state.clone_from(&progress.state);
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
                    "interrupted: the job goes on as {job}; `crimes submit status {job}` shows it, `crimes submit \
                     cancel {job}` ends it"
                );
                return Err(Fault::new(Exit::Interrupted, sentence).into());
            }
            std::thread::sleep(PAUSE);
        }
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
