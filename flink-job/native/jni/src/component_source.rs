//! `ComponentSource` and `Limits`: what to load, and what it may use.

use crate::fault::{Fault, wrong};
use crate::frame::Reader;
use component_host::{Limits, Source};
use std::time::Duration;

/// A slot, the bytes, and the settings.
pub(crate) fn source(frame: &mut Reader<'_>) -> Result<Source, Fault> {
    let slot = frame.text()?;
    let wasm = frame.bytes()?.to_vec();
    let mut settings = Vec::new();
    for _ in 0..frame.count()? {
        settings.push((frame.text()?, frame.text()?));
    }
    Ok(Source { slot, wasm, settings })
}

/// Memory and deadline.
pub(crate) fn limits(frame: &mut Reader<'_>) -> Result<Limits, Fault> {
    let (memory, millis) = (frame.long()?, frame.long()?);
    let memory_bytes = usize::try_from(memory).ok().filter(|&bytes| bytes > 0);
    let millis = u64::try_from(millis).ok().filter(|&millis| millis > 0);
    match (memory_bytes, millis) {
        (Some(memory_bytes), Some(millis)) => {
            Ok(Limits { memory_bytes, deadline: Duration::from_millis(millis) })
        }
        _ => Err(wrong("limits must be positive: at least one byte and one millisecond")),
    }
}

/// Limits and one source, and nothing else.
pub(crate) fn limited_source(frame: &[u8]) -> Result<(Source, Limits), Fault> {
    let mut frame = Reader::new(frame);
    let limits = limits(&mut frame)?;
    let source = source(&mut frame)?;
    frame.end()?;
    Ok((source, limits))
}
