//! What the map shows of a crime.

use chrono::{DateTime, Duration, LocalResult, NaiveDateTime, TimeZone, Utc};
use chrono_tz::America::Chicago;

use super::crime::Crime;

/// A document of the index.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// latitude and longitude, degrees
    pub position: (f64, f64),
    /// when it happened
    pub occurred_at: DateTime<Utc>,
    /// primary type
    pub primary_type: String,
    /// secondary description
    pub description: String,
    /// police district, if known
    pub district: Option<u16>,
    /// an arrest was made
    pub arrest: bool,
    /// happened at home
    pub domestic: bool,
    /// wall clock of the last correction, if known
    pub updated_on: Option<NaiveDateTime>,
}

impl Document {
    /// The document of a crime, if it has a position.
    pub fn of(crime: &Crime) -> Option<Self> {
        Some(Self {
            position: crime.position?,
            occurred_at: instant_in_chicago(crime.date),
            primary_type: crime.primary_type.clone(),
            description: crime.description.clone(),
            district: crime.district,
            arrest: crime.arrest,
            domestic: crime.domestic,
            updated_on: crime.updated,
        })
    }
}

/// The instant at which Chicago's clocks show `reading`. In the hour that spring leaves out the offset before the
/// gap holds; of the two in the hour that autumn repeats it is the earlier.
pub fn instant_in_chicago(reading: NaiveDateTime) -> DateTime<Utc> {
    match Chicago.from_local_datetime(&reading) {
        LocalResult::Single(instant) => instant.to_utc(),
        LocalResult::Ambiguous(earlier, _) => earlier.to_utc(),
        // An hour earlier is before the gap, and an hour later than that instant is this one by the old offset.
        LocalResult::None => instant_in_chicago(reading - Duration::hours(1)) + Duration::hours(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(reading: &str) -> String {
        let reading = NaiveDateTime::parse_from_str(reading, "%Y-%m-%d %H:%M").unwrap();
        instant_in_chicago(reading).format("%Y-%m-%d %H:%M").to_string()
    }

    #[test]
    fn winter_is_six_and_summer_five_hours_behind() {
        assert_eq!(instant("2018-01-01 00:00"), "2018-01-01 06:00");
        assert_eq!(instant("2018-07-01 00:00"), "2018-07-01 05:00");
    }

    #[test]
    fn the_hour_that_spring_leaves_out_keeps_the_old_offset() {
        assert_eq!(instant("2018-03-11 01:59"), "2018-03-11 07:59");
        assert_eq!(instant("2018-03-11 02:30"), "2018-03-11 08:30");
        assert_eq!(instant("2018-03-11 03:00"), "2018-03-11 08:00");
    }

    #[test]
    fn of_the_hour_that_autumn_repeats_the_first_counts() {
        assert_eq!(instant("2018-11-04 00:59"), "2018-11-04 05:59");
        assert_eq!(instant("2018-11-04 01:30"), "2018-11-04 06:30");
        assert_eq!(instant("2018-11-04 02:00"), "2018-11-04 08:00");
    }
}
