//! How fast records are sent.

use std::time::Duration;

/// A pace.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Pace {
    /// as fast as it goes
    #[default]
    Free,
    /// so many records a second
    Rate(f64),
    /// so many times as fast as it happened, pauses included: 3600 makes an hour a second
    Speed(f64),
}

/// Says when each record is due. It knows no clock, so that time is the caller's.
#[derive(Debug, Clone)]
pub struct Pacer {
    pace: Pace,
    records: u64,
    first: Option<i64>,
}

impl Pacer {
    /// For the records of one run.
    #[must_use]
    pub fn of(pace: Pace) -> Self {
        Self { pace, records: 0, first: None }
    }

    /// When the next record is due, counted from the beginning of the run. `event_time` is its, in milliseconds.
    pub fn due(&mut self, event_time: i64) -> Duration {
        let seconds = match self.pace {
            Pace::Free => return Duration::ZERO,
            Pace::Rate(rate) => self.records as f64 / rate,
            Pace::Speed(speed) => {
                let first = *self.first.get_or_insert(event_time);
                (event_time - first) as f64 / 1000.0 / speed
            }
        };
        self.records += 1;
        // what is earlier than the first, in a file without order, is due at once; so is what no clock reaches
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_spreads_records_evenly() {
        let mut pacer = Pacer::of(Pace::Rate(4.0));
        let due: Vec<u128> = (0..5).map(|_| pacer.due(0).as_millis()).collect();
        assert_eq!(due, [0, 250, 500, 750, 1000]);
    }

    #[test]
    fn a_speed_keeps_pauses() {
        let mut pacer = Pacer::of(Pace::Speed(3600.0));
        let hour = 3_600_000;
        let due: Vec<u128> =
            [7, 7, 8, 7 + 24].iter().map(|hours| pacer.due(hours * hour).as_millis()).collect();
        assert_eq!(due, [0, 0, 1000, 24_000]);
        assert_eq!(pacer.due(0), Duration::ZERO);
    }

    #[test]
    fn a_free_pace_waits_for_nothing() {
        let mut pacer = Pacer::of(Pace::Free);
        assert!((0..3).all(|time| pacer.due(time * 1_000_000).is_zero()));
    }
}
