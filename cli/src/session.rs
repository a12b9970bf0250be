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

    #[allow(dead_code)] // for libraries with a log level of their own
    pub(crate) fn verbosity(&self) -> Verbosity {
        self.verbosity
    }

    /// Standard output for data, buffered; to be closed with [`finish`].
    pub(crate) fn data(&self) -> BufWriter<io::StdoutLock<'static>> {
        BufWriter::with_capacity(1 << 16, io::stdout().lock())
    }

    /// Whether progress is drawn: only for a person at a terminal.
    #[allow(dead_code)] // used by the commands that take long
    pub(crate) fn shows_progress(&self) -> bool {
        self.verbosity >= Verbosity::Normal && io::stderr().is_terminal()
    }

    /// One line about what was done.
    #[allow(dead_code)] // used by the commands that change something
    pub(crate) fn info(&self, line: impl fmt::Display) {
        self.say(Verbosity::Normal, format_args!("{line}"));
    }

    /// One line for those who asked for more with `-v`.
    #[allow(dead_code)] // used by the commands that change something
    pub(crate) fn detail(&self, line: impl fmt::Display) {
        self.say(Verbosity::Detailed, format_args!("{line}"));
    }

    /// Something that the user should know although the command goes on.
    #[allow(dead_code)] // used by the commands that change something
    pub(crate) fn warn(&self, line: impl fmt::Display) {
        self.say(Verbosity::Quiet, format_args!("warning: {line}"));
    }

    /// Why the command ends: the whole chain of causes in one line.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        let chain = format!("{error:#}");
        let line: Vec<&str> =
            chain.lines().map(str::trim).filter(|part| !part.is_empty()).collect();
        self.say(Verbosity::Quiet, format_args!("error: {}", line.join(" ")));
    }

    fn say(&self, from: Verbosity, line: fmt::Arguments<'_>) {
        if self.verbosity >= from {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(io::stderr().lock(), "{line}");
        }
    }
}

/// Flushes data, so that a full disk is an error and not silence.
pub(crate) fn finish(mut data: impl Write) -> anyhow::Result<()> {
    data.flush().context("cannot write to standard output")
}
