//! How far ahead of this machine's clock a crime may lie.

/// No zone is further ahead of UTC, and a clock that is wrong is mostly wrong by less. Milliseconds.
const DAY: i64 = 86_400_000;

/// The latest event time that is taken, as a reading of the city's clock in milliseconds; none where any is.
pub(crate) fn latest(allow_future: bool) -> Option<i64> {
    (!allow_future).then(|| chrono::Utc::now().timestamp_millis().saturating_add(DAY))
}
