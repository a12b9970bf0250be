//! What to generate.

use std::fmt;
use std::str::FromStr;

use crate::calendar::Date;

/// What to generate. The same settings give the same bytes on every machine.
#[derive(Debug, Clone)]
pub struct Settings {
    /// another seed is another city
    pub seed: u64,
    /// first day
    pub from: Date,
    /// how many days
    pub days: u32,
    /// how many records a day on average, corrections and planted ones not counted
    pub per_day: u32,
    /// records without coordinates
    pub missing_coordinates: Share,
    /// records without a district
    pub missing_district: Share,
    /// records that come again, corrected
    pub corrections: Share,
    /// planted anomalies
    pub anomalies: u32,
}

impl Default for Settings {
    /// The year 2023 of a city like Chicago with an anomaly a month.
    fn default() -> Self {
        Self {
            seed: 1,
            from: Date { year: 2023, month: 1, day: 1 },
            days: 365,
            per_day: 700,
            missing_coordinates: Share::per_million(10_000),
            missing_district: Share::per_million(2_000),
            corrections: Share::per_million(5_000),
            anomalies: 12,
        }
    }
}

/// The most records a day.
const MOST_PER_DAY: u32 = 10_000_000;

impl Settings {
    /// # Errors
    /// If no data can be made of them.
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        if self.days == 0 {
            return Err(SettingsError::NoDays);
        }
        if self.per_day == 0 || self.per_day > MOST_PER_DAY {
            return Err(SettingsError::PerDay(self.per_day));
        }
        if self.from.year < 2001 {
            return Err(SettingsError::TooEarly(self.from.year));
        }
        if Date::of_day(self.from.days() + i64::from(self.days)).year > 9999 {
            return Err(SettingsError::TooLate);
        }
        // one in four hours, so that an hour's numbers suffice for all that are planted in it
        let most = self.days.saturating_mul(6);
        if self.anomalies > most {
            return Err(SettingsError::Anomalies { wanted: self.anomalies, most });
        }
        Ok(())
    }
}

/// Why nothing can be generated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// a period of no day
    #[error("the number of days is 0, but must be at least 1")]
    NoDays,
    /// too few or too many
    #[error("{0} records a day, but it must be 1 to {MOST_PER_DAY}")]
    PerDay(u32),
    /// before the city's data
    #[error("the period begins in {0}, but the city's data begins in 2001")]
    TooEarly(i32),
    /// the calendar ends
    #[error("the period ends after the year 9999, the last of four digits")]
    TooLate,
    /// no room
    #[error("{wanted} anomalies are too many for the period: at most 6 a day, {most} in all")]
    Anomalies {
        /// asked for
        wanted: u32,
        /// possible
        most: u32,
    },
}

/// A share of all records, such as `1%` or `0.01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    per_million: u32,
}

impl Share {
    /// So many of a million; all of them where it is more.
    #[must_use]
    pub const fn per_million(parts: u32) -> Self {
        Self { per_million: if parts > 1_000_000 { 1_000_000 } else { parts } }
    }

    pub(crate) fn parts(self) -> u32 {
        self.per_million
    }
}

impl FromStr for Share {
    type Err = ShareError;

    fn from_str(text: &str) -> Result<Self, ShareError> {
        let wrong = || ShareError(text.to_owned());
        // in whole numbers: the same on every machine
        let (number, places) = match text.strip_suffix('%') {
            Some(number) => (number.trim_end(), 4),
            None => (text, 6),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > places {
            return Err(wrong());
        }
        let padded = format!("{whole}{fraction:0<places$}");
        match padded.parse() {
            Ok(parts) if parts <= 1_000_000 => Ok(Self::per_million(parts)),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.per_million / 10_000, self.per_million % 10_000);
        let text = format!("{whole}.{fraction:04}");
        write!(f, "{}%", text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// Not a share.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is no share: give a percentage from 0% to 100%, such as 0.5%, or a fraction, such as 0.005"
)]
pub struct ShareError(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares() {
        for (text, parts, shown) in [
            ("1%", 10_000, "1%"),
            ("0.5%", 5_000, "0.5%"),
            ("0.005", 5_000, "0.5%"),
            ("100%", 1_000_000, "100%"),
            ("1", 1_000_000, "100%"),
            ("0", 0, "0%"),
            ("0.0001 %", 1, "0.0001%"),
        ] {
            let share: Share = text.parse().unwrap();
            assert_eq!((share.parts(), share.to_string().as_str()), (parts, shown), "{text}");
        }
        for text in ["", "%", "-1%", "101%", "1.1", "a", "1e-3", ".5", "0.00000001", "1 000%"] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_generated() {
        let wrong = |change: fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            settings.check().unwrap_err().to_string()
        };
        assert!(wrong(|s| s.days = 0).contains("at least 1"));
        assert!(wrong(|s| s.per_day = 0).contains("0 records a day"));
        assert!(wrong(|s| s.anomalies = 2191).contains("at most 6 a day, 2190 in all"));
        assert!(wrong(|s| s.days = 4_000_000).contains("9999"));
        Settings::default().check().unwrap();
    }
}
