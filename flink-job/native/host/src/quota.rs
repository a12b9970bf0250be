//! What an instance may use, and the count of what it takes.

use crate::compilation::MAX_TABLE;
use std::time::Duration;
use wasmtime::ResourceLimiter;

/// What an instance may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// All its linear memories together, and the most that one call may give back. Bytes.
    pub memory_bytes: usize,
    /// The longest that one call may take; exceeded by at most 20 ms. The parts of a batch that failed as a whole have
    /// their share of it, and at least a tenth.
    pub deadline: Duration,
}

impl Default for Limits {
    /// 256 MiB and one second: a batch of 1,024 values takes about two milliseconds and 4 MiB.
    fn default() -> Self {
        Self { memory_bytes: 256 << 20, deadline: Duration::from_secs(1) }
    }
}

impl Limits {
    /// How long a call for `part` of the `whole` records of a batch may take: its share, but at least a tenth, so that
    /// a busy machine makes no innocent record look like one that never ends.
    pub(crate) fn share(&self, part: usize, whole: usize) -> Duration {
        let tenths = (part.saturating_mul(10)).div_ceil(whole.max(1)).clamp(1, 10);
        self.deadline * u32::try_from(tenths).unwrap_or(10) / 10
    }

    /// How much time calls that fail may take in one batch, for one component: enough to find some ten records that
    /// never end, and a bound where all of them are like that.
    pub(crate) fn patience(&self) -> Duration {
        self.deadline * 10
    }
}

/// Counts what a store takes, and remembers whether it was refused something.
pub(crate) struct Quota {
    left: usize,
    pub(crate) refused: bool,
}

impl Quota {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { left: limits.memory_bytes, refused: false }
    }
}

impl ResourceLimiter for Quota {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        let granted = more <= self.left;
        if granted {
            self.left -= more;
        } else {
            self.refused = true;
        }
        Ok(granted)
    }

    fn table_growing(
        &mut self,
        _: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired as u64 <= MAX_TABLE)
    }

    // a component of ours has one core module with one memory, and two that only hold its adapters
    fn instances(&self) -> usize {
        16
    }

    fn memories(&self) -> usize {
        4
    }

    fn tables(&self) -> usize {
        16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_its_share_and_at_least_a_tenth() {
        let limits = Limits { deadline: Duration::from_millis(1000), ..Limits::default() };
        for (part, whole, millis) in
            [(1, 1, 1000), (1000, 1000, 1000), (500, 1000, 500), (1, 1000, 100), (0, 0, 100)]
        {
            assert_eq!(limits.share(part, whole), Duration::from_millis(millis), "{part}/{whole}");
        }
    }

    #[test]
    fn all_memories_are_counted_together() {
        let mut quota = Quota::new(Limits { memory_bytes: 100, ..Limits::default() });
        assert!(quota.memory_growing(0, 60, None).unwrap());
        assert!(!quota.memory_growing(0, 60, None).unwrap() && quota.refused);
        assert!(quota.memory_growing(60, 100, None).unwrap());
        assert!(!quota.memory_growing(100, 101, None).unwrap());
    }
}
