//! What every command shares: where its words go.

use std::fmt;
use std::io::{self, BufWriter, IsTerminal as _, Write};

use anyhow::Context as _;

/// How much is said on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// errors and warnings
    Quiet,
    /// and what was done
    Normal,
    /// and how (`-v`)
    Detailed,
    /// and everything (`-vv`)
    Everything,
}

/// Where a command's words go: data to standard output, the rest to standard error.
#[derive(Debug)]
pub(crate) struct Session {
    verbosity: Verbosity,
}

impl Session {
    pub(crate) fn new(quiet: bool, verbose: u8) -> Self {
        let verbosity = match (quiet, verbose) {
            (true, _) => Verbosity::Quiet,
            (false, 0) => Verbosity::Normal,
            (false, 1) => Verbosity::Detailed,
            (false, _) => Verbosity::Everything,
        };
        Self { verbosity }
    }

    pub(crate) fn verbosity(&self) -> Verbosity {
        self.verbosity
    }

    /// Standard output for data, buffered; to be closed with [`finish`].
    pub(crate) fn data(&self) -> BufWriter<io::StdoutLock<'static>> {
        BufWriter::with_capacity(1 << 16, io::stdout().lock())
    }

    /// Whether progress is drawn: only for a person at a terminal.
    pub(crate) fn shows_progress(&self) -> bool {
        self.verbosity >= Verbosity::Normal && io::stderr().is_terminal()
    }

    /// One line about what was done.
    pub(crate) fn info(&self, line: impl fmt::Display) {
        self.say(Verbosity::Normal, format_args!("{line}"));
    }

    /// One line for those who asked for more with `-v`.
    pub(crate) fn detail(&self, line: impl fmt::Display) {
        self.say(Verbosity::Detailed, format_args!("{line}"));
    }

    /// Something that the user should know although the command goes on.
    pub(crate) fn warn(&self, line: impl fmt::Display) {
        self.say(Verbosity::Quiet, format_args!("warning: {line}"));
    }

    /// Why the command ends: the chain of causes in one line, each told once.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        self.say(Verbosity::Quiet, format_args!("error: {}", sentence(error)));
    }

    fn say(&self, from: Verbosity, line: fmt::Arguments<'_>) {
        if self.verbosity >= from {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(io::stderr().lock(), "{line}");
        }
    }
}

/// Causes from the outside in. Many an error repeats its cause's words in its own; those are left out.
fn sentence(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain() {
        let text = cause.to_string();
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let text = lines.collect::<Vec<&str>>().join(" ");
        if told.is_empty() {
            told = text;
        } else if !told.contains(&text) {
            told = format!("{told}: {text}");
        }
    }
    told
}

/// Flushes data, so that a full disk is an error and not silence.
pub(crate) fn finish(mut data: impl Write) -> anyhow::Result<()> {
    data.flush().context("cannot write to standard output")
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn causes_are_told_once_and_in_one_line() {
        let error =
            anyhow!("connection refused\n  (os error 111)").context("no answer").context("asking");
        assert_eq!(sentence(&error), "asking: no answer: connection refused (os error 111)");
        let repeated = anyhow!("refused").context("no answer: refused");
        assert_eq!(sentence(&repeated), "no answer: refused");
    }
}
