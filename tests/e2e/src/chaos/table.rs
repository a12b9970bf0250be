//! The table that a run prints, and the same as JSON.

use std::collections::BTreeMap;
use std::fmt::{Display, Formatter};

use serde_json::{Value, json};

use super::Settings;
use super::verdict::Verdict;
use super::watch::{Millis, seconds};

/// A kind of fault.
#[derive(Debug, Default, Clone)]
pub(super) struct Line {
    /// how often it struck and was felt
    pub(super) times: usize,
    /// how often it struck and nobody felt it
    pub(super) unnoticed: usize,
    /// from the end of the fault to the end of the first checkpoint after it; those that were struck again before are
    /// not in it
    pub(super) recoveries: Vec<Millis>,
}

/// What a run was and what came of it.
#[derive(Debug, Default)]
pub struct Table {
    pub(super) settings: Settings,
    pub(super) lines: BTreeMap<String, Line>,
    /// servers that failed without having been struck, in words
    pub(super) by_themselves: BTreeMap<String, usize>,
    pub(super) producer_failures: usize,
    /// faults that nobody felt, however often they were tried
    pub(super) never_felt: usize,
    pub(super) minutes: f64,
    pub(super) verdict: Verdict,
}

impl Line {
    fn slowest(&self) -> Option<f64> {
        self.recoveries.iter().max().map(|&slowest| seconds(slowest))
    }
}

impl Table {
    /// Faults that were felt.
    pub fn faults(&self) -> usize {
        self.lines.values().map(|line| line.times).sum()
    }

    /// Whether every fault was felt and nothing is missing, too much or different.
    pub fn is_good(&self) -> bool {
        self.never_felt == 0 && self.verdict.wrong.is_empty()
    }

    /// A line for each row, document or dead letter that is missing, too much or different.
    pub fn wrong(&self) -> &[String] {
        &self.verdict.wrong
    }

    /// All of it.
    pub fn json(&self) -> Value {
        let lines = self.lines.iter().map(|(kind, line)| {
            let recoveries: Vec<f64> = line.recoveries.iter().map(|&it| seconds(it)).collect();
            let value = json!({"times": line.times, "unnoticed": line.unnoticed,
                "slowest_recovery": line.slowest(), "recoveries": recoveries});
            (kind.clone(), value)
        });
        json!({
            "seed": self.settings.seed,
            "repeat": self.settings.again(),
            "minutes": self.minutes,
            "faults": self.faults(),
            "kinds": lines.collect::<serde_json::Map<_, _>>(),
            "ended_by_themselves": self.by_themselves,
            "producer_started_again": self.producer_failures,
            "never_felt": self.never_felt,
            "records": self.verdict.records,
            "records_repeated": self.verdict.repeated,
            "rows": self.verdict.rows,
            "documents": self.verdict.documents,
            "dead_letters": self.verdict.dead_letters,
            "dead_letters_by_reason": self.verdict.by_reason,
            "wrong": self.verdict.wrong,
        })
    }
}

impl Display for Table {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        writeln!(
            out,
            "{:<24} {:>5} {:>11} {:>17}",
            "fault", "times", "not noticed", "slowest recovery"
        )?;
        for (kind, line) in &self.lines {
            let slowest =
                line.slowest().map_or("-".to_owned(), |slowest| format!("{slowest:.1} s"));
            writeln!(out, "{kind:<24} {:>5} {:>11} {slowest:>17}", line.times, line.unnoticed)?;
        }
        for (server, times) in &self.by_themselves {
            writeln!(out, "{server} and was started again: {times}")?;
        }
        if self.producer_failures > 0 {
            writeln!(
                out,
                "the producer gave up and was started again: {}",
                self.producer_failures
            )?;
        }
        if self.never_felt > 0 {
            writeln!(out, "never noticed, however often they were tried: {}", self.never_felt)?;
        }
        let Verdict { records, repeated, rows, documents, dead_letters, wrong, .. } = &self.verdict;
        writeln!(
            out,
            "{} faults in {:.1} minutes, seed {}",
            self.faults(),
            self.minutes,
            self.settings.seed
        )?;
        writeln!(
            out,
            "{records} records, {repeated} of them twice; {rows} rows, {documents} documents, {dead_letters} dead letters compared"
        )?;
        write!(out, "{} differ", wrong.len())
    }
}
