//! The city's clock: which instant a wall-clock reading in Chicago names.
//!
//! Central Time is UTC-6, and UTC-5 while daylight saving time is in force. The Uniform Time Act and its amendments set
//! the changes, both at 02:00 on the wall clock: from 2007 the second Sunday in March to the first in November
//! (Energy Policy Act of 2005); from 1987 the first Sunday in April to the last in October; before that the last Sunday
//! in April to the last in October. The data begins in 2001; readings before 1967 follow the rule of 1967, and the
//! exceptions of 1974 and 1975 are left out.
//!
//! Two hours of a year are odd. A reading in the hour that spring skips is taken with the offset from before the gap
//! (02:30 is the instant that summer time calls 03:30); one in the hour that autumn repeats is taken as the earlier of
//! its two instants.

use crate::date::{civil, days};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// Milliseconds since the Unix epoch of a wall-clock reading in Chicago (ms since 1970-01-01T00:00 on that clock).
#[must_use]
pub fn instant(wall: i64) -> i64 {
    let (year, _, _) = civil(wall.div_euclid(DAY));
    let (begins, ends) = summer(year);
    // 02:00 to 03:00 does not exist when summer begins: until 03:00 the offset of winter holds;
    // 01:00 to 02:00 happens twice when it ends: until 02:00 the offset of summer holds.
    let offset = if wall >= begins + 3 * HOUR && wall < ends + 2 * HOUR { 5 } else { 6 };
    wall + offset * HOUR
}

/// First and last day of summer time, at their midnights. ms, wall clock.
fn summer(year: i64) -> (i64, i64) {
    match year {
        2007.. => (sunday_from(year, 3, 8), sunday_from(year, 11, 1)),
        1987..2007 => (sunday_from(year, 4, 1), sunday_from(year, 10, 25)),
        _ => (sunday_from(year, 4, 24), sunday_from(year, 10, 25)),
    }
}

/// The first Sunday on or after a day, at midnight. ms, wall clock.
fn sunday_from(year: i64, month: i64, day: i64) -> i64 {
    let day = days(year, month, day).unwrap_or(0);
    // 1970-01-01 was a Thursday
    (day + (3 - day).rem_euclid(7)) * DAY
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::date;

    /// By hand, from the acts and a calendar.
    #[test]
    fn instants_of_known_readings() {
        for (wall, utc) in [
            ("2018-01-01T00:00:00", "2018-01-01T06:00:00"),
            ("2018-07-01T00:00:00", "2018-07-01T05:00:00"),
            ("2018-03-11T01:59:59", "2018-03-11T07:59:59"),
            ("2018-03-11T02:00:00", "2018-03-11T08:00:00"),
            ("2018-03-11T02:30:00", "2018-03-11T08:30:00"),
            ("2018-03-11T03:00:00", "2018-03-11T08:00:00"),
            ("2018-11-04T00:59:59", "2018-11-04T05:59:59"),
            ("2018-11-04T01:30:00", "2018-11-04T06:30:00"),
            ("2018-11-04T02:00:00", "2018-11-04T08:00:00"),
            ("2006-04-02T01:00:00", "2006-04-02T07:00:00"),
            ("2006-04-02T04:00:00", "2006-04-02T09:00:00"),
            ("2006-10-29T01:00:00", "2006-10-29T06:00:00"),
            ("2006-10-29T03:00:00", "2006-10-29T09:00:00"),
            ("2007-03-11T03:00:00", "2007-03-11T08:00:00"),
            ("1980-04-27T03:00:00", "1980-04-27T08:00:00"),
            ("1980-04-26T03:00:00", "1980-04-26T09:00:00"),
            ("2018-12-31T23:59:59", "2019-01-01T05:59:59"),
        ] {
            assert_eq!(instant(date::parse(wall).unwrap()), date::parse(utc).unwrap(), "{wall}");
        }
    }

    #[test]
    fn changes_are_on_sundays_in_their_weeks() {
        for year in 1970..2100 {
            let (begins, ends) = summer(year);
            for day in [begins, ends] {
                assert_eq!((day / DAY + 4) % 7, 0, "{year}");
            }
            assert!(civil(begins / DAY).2 < 31 && ends > begins);
        }
    }
}
