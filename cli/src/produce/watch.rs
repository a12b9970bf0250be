//! What `crimes produce` says while it works.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use crimes_producer::observe::{Observer, Stage};
use crimes_producer::record::{Broken, Reason};

use crate::figures::thousands;
use crate::interrupt;
use crate::session::{Session, Verbosity};

/// So many broken rows are told one by one; the others are only counted, unless `-v` is given.
const TOLD: u64 = 20;

/// How often the progress line is drawn.
const DRAWING: Duration = Duration::from_millis(200);

/// Tells broken rows and draws the progress line.
pub(crate) struct Watch<'a> {
    session: &'a Session,
    broken: BTreeMap<Reason, u64>,
    stage: Option<(Stage, Instant)>,
    drawn: Option<Instant>,
    on_screen: bool,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(session: &'a Session) -> Self {
        Self { session, broken: BTreeMap::new(), stage: None, drawn: None, on_screen: false }
    }

    /// Broken rows so far, by reason.
    pub(crate) fn broken(&self) -> &BTreeMap<Reason, u64> {
        &self.broken
    }

    /// Takes the progress line off the screen, so that something else can be said.
    pub(crate) fn clear(&mut self) {
        if std::mem::take(&mut self.on_screen) {
            // Nobody is left to tell when standard error is closed.
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }

    fn draw(&mut self, stage: Stage, done: u64, of: Option<u64>, since: Duration) {
        let rate = done as f64 / since.as_secs_f64().max(0.001);
        let done_text = thousands(done);
        let line = match (stage, of) {
            (Stage::Spooling, _) => "writing a temporary file".to_owned(),
            (Stage::Checking, _) => format!("looking at the order: {done_text} rows"),
            (Stage::Indexing, _) => format!("putting in order: {done_text} rows"),
            (Stage::Sending, None) => format!("sent {done_text}  {}/s", thousands(rate as u64)),
            (Stage::Sending, Some(all)) => {
                let part = done as f64 / all.max(1) as f64;
                let left = (all.saturating_sub(done)) as f64 / rate.max(0.001);
                format!(
                    "{} {:3.0} %  {done_text} of {}  {}/s  {} left",
                    bar(part),
                    part * 100.0,
                    thousands(all),
                    thousands(rate as u64),
                    clock(left)
                )
            }
        };
        self.on_screen = true;
        let _ = write!(io::stderr().lock(), "\r\x1b[K{line}");
    }
}

impl Observer for Watch<'_> {
    fn broken(&mut self, input: &str, broken: &Broken) {
        *self.broken.entry(broken.reason).or_default() += 1;
        let all: u64 = self.broken.values().sum();
        let every = self.session.verbosity() >= Verbosity::Detailed;
        if all <= TOLD || every {
            self.clear();
            self.session.warn(format_args!("{input}:{}: {broken}", broken.place.line));
        }
        if all == TOLD + 1 && !every {
            self.clear();
            self.session.warn("more broken rows are only counted; -v tells all of them");
        }
    }

    fn progress(&mut self, stage: Stage, done: u64, of: Option<u64>) {
        if !self.session.shows_progress() {
            return;
        }
        let now = Instant::now();
        let began = match self.stage {
            Some((current, began)) if current == stage => began,
            _ => now,
        };
        self.stage = Some((stage, began));
        if self.drawn.is_none_or(|drawn| now - drawn >= DRAWING) {
            self.drawn = Some(now);
            self.draw(stage, done, of, now - began);
        }
    }

    fn stopped(&self) -> bool {
        interrupt::requested()
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.clear();
    }
}

fn bar(part: f64) -> String {
    const WIDTH: usize = 24;
    let full = ((part * WIDTH as f64) as usize).min(WIDTH);
    format!("[{}{}]", "#".repeat(full), "-".repeat(WIDTH - full))
}

/// Seconds as `1:02:03` or `02:03`.
fn clock(seconds: f64) -> String {
    let seconds = seconds.min(359_999.0) as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes:02}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_and_clocks() {
        assert_eq!(bar(0.0), format!("[{}]", "-".repeat(24)));
        assert_eq!(bar(0.5), format!("[{}{}]", "#".repeat(12), "-".repeat(12)));
        assert_eq!(bar(1.5), format!("[{}]", "#".repeat(24)));
        assert_eq!(clock(59.9), "00:59");
        assert_eq!(clock(3723.0), "1:02:03");
        assert_eq!(clock(f64::INFINITY), "99:59:59");
    }
}
