//! Conditions in SoQL, the query language of the API.

use std::fmt;

/// What rows must fulfil.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Condition {
    all: Vec<String>,
}

impl Condition {
    /// Also this one. It is put in parentheses, so that what is in it stays together.
    #[must_use]
    pub fn and(mut self, condition: impl fmt::Display) -> Self {
        self.all.push(format!("({condition})"));
        self
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.all.join(" AND "))
    }
}

/// A time as SoQL has it, `'2018-01-31T21:05:00.000'`. Times are milliseconds on the city's wall clock, and the API's
/// *floating timestamps* are readings of the same clock.
#[must_use]
pub fn timestamp(millis: i64) -> String {
    let time = chrono::DateTime::from_timestamp_millis(millis).unwrap_or_default();
    format!("'{}'", time.format("%Y-%m-%dT%H:%M:%S%.3f"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_stay_together() {
        let condition = Condition::default().and("a = 1 OR b = 2").and(format_args!("id > {}", 7));
        assert_eq!(condition.to_string(), "(a = 1 OR b = 2) AND (id > 7)");
        assert_eq!(Condition::default().to_string(), "");
    }

    #[test]
    fn times_have_milliseconds() {
        assert_eq!(timestamp(1_517_432_700_250), "'2018-01-31T21:05:00.250'");
        assert_eq!(timestamp(1_517_432_700_000), "'2018-01-31T21:05:00.000'");
    }
}
