//! The calendar on the city's wall clock: seconds since 1970-01-01 00:00:00 on that clock, without a zone.

/// Seconds in a day, always.
pub(crate) const DAY: i64 = 86_400;
/// Seconds in an hour.
pub(crate) const HOUR: i64 = 3_600;

/// A date of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date {
    /// such as 2023
    pub year: i32,
    /// 1 to 12
    pub month: u32,
    /// 1 to 31
    pub day: u32,
}

impl Date {
    /// A date that exists, of the years 1970 to 9999.
    #[must_use]
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        let date = Self { year, month, day };
        ((1970..=9999).contains(&year) && Self::of_day(date.days()) == date).then_some(date)
    }

    /// The same date so many years later; 28 February for a 29th that does not exist.
    #[must_use]
    pub fn years_later(self, years: u32) -> Option<Self> {
        let year = self.year.checked_add(i32::try_from(years).ok()?)?;
        Self::new(year, self.month, self.day).or_else(|| Self::new(year, self.month, self.day - 1))
    }

    /// Days since 1970-01-01 (Howard Hinnant's `days_from_civil`).
    #[must_use]
    pub fn days(self) -> i64 {
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month = i64::from((self.month + 9) % 12); // March is 0
        let day_of_year = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year
            - 719_468
    }

    /// The date of a day since 1970-01-01.
    #[must_use]
    pub fn of_day(days: i64) -> Self {
        let days = days + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097) as u32;
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * of_year + 2) / 153; // March is 0
        let (day, month) = (of_year - (153 * month + 2) / 5 + 1, (month + 2) % 12 + 1);
        let year = era as i32 * 400 + year_of_era as i32 + i32::from(month <= 2);
        Self { year, month, day }
    }
}

/// Monday is 0.
pub(crate) fn weekday(days: i64) -> usize {
    (days + 3).rem_euclid(7) as usize
}

/// Written as `2023-01-31T18:05:00`.
pub(crate) fn iso(seconds: i64) -> String {
    let Date { year, month, day } = Date::of_day(seconds.div_euclid(DAY));
    let second = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_a_century_and_back() {
        let mut before = Date::of_day(-1);
        for days in 0..40_000 {
            let date = Date::of_day(days);
            assert_eq!(date.days(), days);
            assert!((date.year, date.month, date.day) > (before.year, before.month, before.day));
            before = date;
        }
        assert_eq!(Date::of_day(19_358), Date { year: 2023, month: 1, day: 1 });
        assert_eq!(weekday(19_358), 6);
        assert_eq!(iso(19_358 * DAY + 61), "2023-01-01T00:01:01");
    }

    #[test]
    fn dates_that_do_not_exist() {
        assert!(Date::new(2023, 2, 29).is_none());
        assert!(Date::new(2023, 13, 1).is_none());
        assert!(Date::new(2023, 0, 1).is_none());
        assert!(Date::new(2023, 4, 0).is_none());
        let leap = Date::new(2024, 2, 29).unwrap();
        assert_eq!(leap.years_later(1), Date::new(2025, 2, 28));
        assert_eq!(leap.years_later(4), Date::new(2028, 2, 29));
    }
}
