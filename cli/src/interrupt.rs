//! Ctrl-C: the first asks the command to end in order, the second ends the process.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;

use crate::exit::Exit;

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Takes over SIGINT and SIGTERM. To be called once.
pub(crate) fn install() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        if REQUESTED.swap(true, Ordering::SeqCst) {
            std::process::exit(Exit::Interrupted as i32);
        }
    })
    .context("cannot take over Ctrl-C")
}

/// Whether the user wants the command to end. Loops ask this between two steps.
pub(crate) fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}
