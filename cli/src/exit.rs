//! What the process says with its exit code.

use std::fmt;
use std::io;
use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// all that was asked for
    Done = 0,
    /// an error, said on standard error
    Failed = 1,
    /// the command line says too little or contradicts itself
    Misused = 2,
    /// done in part only: something was rejected or not acknowledged
    Incomplete = 3,
    /// a server cannot be reached
    Unreachable = 4,
    /// the job failed or was cancelled
    JobFailed = 5,
    /// SIGINT or SIGTERM: 128 + SIGINT, as shells have it
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error, or the context of one, that decides the exit code.
#[derive(Debug)]
pub(crate) struct Fault {
    exit: Exit,
    message: String,
}

impl Fault {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

/// The exit code of an error. A reader of our standard output that went away (`| head`) is no error.
pub(crate) fn of(error: &anyhow::Error) -> Exit {
    if let Some(fault) = error.downcast_ref::<Fault>() {
        return fault.exit;
    }
    let pipe_closed = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe);
    if pipe_closed { Exit::Done } else { Exit::Failed }
}

/// What to say of two ends: a failure over a server that is away, either over success.
pub(crate) fn worse(one: Exit, other: Exit) -> Exit {
    let rank = |exit| match exit {
        Exit::Done => 0,
        Exit::Incomplete => 1,
        Exit::Unreachable => 2,
        Exit::JobFailed => 3,
        Exit::Failed => 4,
        Exit::Misused => 5,
        Exit::Interrupted => 6,
    };
    if rank(other) > rank(one) { other } else { one }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn a_fault_decides_wherever_it_is_in_the_chain() {
        let root = anyhow::Error::from(Fault::new(Exit::JobFailed, "root")).context("outside");
        assert_eq!(of(&root), Exit::JobFailed);
        let context = Err::<(), _>(io::Error::from(io::ErrorKind::ConnectionRefused))
            .context(Fault::new(Exit::Unreachable, "no server"))
            .unwrap_err();
        assert_eq!(of(&context.context("more")), Exit::Unreachable);
        assert_eq!(of(&anyhow::anyhow!("plain")), Exit::Failed);
    }

    #[test]
    fn a_closed_pipe_is_no_error() {
        let error =
            anyhow::Error::from(io::Error::from(io::ErrorKind::BrokenPipe)).context("writing");
        assert_eq!(of(&error), Exit::Done);
    }
}
