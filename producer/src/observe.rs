//! How the one who produces learns what happens, and stops it.

use crate::record::Broken;

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// a stream or compressed file is written to a temporary file
    Spooling,
    /// rows are looked at: are they in order?
    Checking,
    /// an index of all rows is made
    Indexing,
    /// records are sent
    Sending,
}

/// Is told what happens. Every method may be called often and should be quick.
pub trait Observer {
    /// A row that can't be sent, and the name of the input that it stands in.
    fn broken(&mut self, input: &str, broken: &Broken);

    /// So many rows are done, of so many if that is known.
    fn progress(&mut self, stage: Stage, done: u64, of: Option<u64>);

    /// Whether to stop.
    fn stopped(&self) -> bool;
}
