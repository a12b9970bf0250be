//! Finding the records that a component fails on.

use crate::error::{Code, Error};
use crate::instance::{Instance, World};
use std::ops::Range;
use std::time::Duration;

/// Asks a component about `count` records at once, and where it fails about each half, until the record that it fails on
/// is alone. Every record comes out in one of three ways: as part of `good` with what the component gave for it, in
/// `bad` with the fault, or in `bad` without having been asked about, once the component has lost more time of this
/// batch than it may (`since` is what it had lost before).
///
/// # Errors
/// Where the fault is not the component's.
pub(crate) fn isolate<W: World, R>(
    instance: &mut Instance<W>,
    count: usize,
    since: Duration,
    mut ask: impl FnMut(&mut Instance<W>, Range<usize>, Duration) -> Result<R, Error>,
    mut bad: impl FnMut(usize, Error),
) -> Result<Vec<(Range<usize>, R)>, Error> {
    let limits = instance.limits();
    let mut good = Vec::with_capacity(1);
    // the left half is on top, so what comes out ascends
    let mut open = Vec::from_iter((count > 0).then_some(0..count));
    while let Some(range) = open.pop() {
        let lost = instance.spent().lost.saturating_sub(since);
        if lost > limits.patience() {
            range.for_each(|i| bad(i, not_asked(instance.slot(), lost)));
            continue;
        }
        match ask(instance, range.clone(), limits.share(range.len(), count)) {
            Ok(given) => good.push((range, given)),
            Err(error) if !error.is_the_guests() => return Err(error),
            Err(error) if range.len() == 1 => bad(range.start, error),
            Err(_) => {
                let middle = range.start + range.len() / 2;
                open.push(middle..range.end);
                open.push(range.start..middle);
            }
        }
    }
    Ok(good)
}

pub(crate) fn not_asked(slot: &str, lost: Duration) -> Error {
    let message = format!(
        "component {slot} was not asked about this record: its failures had cost {} ms of this batch, more than a batch may lose",
        lost.as_millis()
    );
    Error::new(Code::Deadline, message)
}
