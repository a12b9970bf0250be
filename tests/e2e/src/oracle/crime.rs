//! What one row says, or why it says nothing.

use chrono::NaiveDateTime;

use super::rows::Row;

/// Why a record is not counted by any window. The names are those of the dead letters' `reason` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// no ID
    MissingId,
    /// an ID that is not a positive whole number
    InvalidId,
    /// no Date
    MissingDate,
    /// a Date in no format that the data comes in
    InvalidDate,
    /// no District
    MissingDistrict,
    /// a District that is not 1 to 999
    InvalidDistrict,
    /// no Primary Type
    MissingType,
    /// Arrest or Domestic is neither true nor false
    InvalidFlag,
}

impl Reason {
    /// The text of the `reason` header.
    pub fn name(self) -> &'static str {
        match self {
            Self::MissingId => "missing-id",
            Self::InvalidId => "invalid-id",
            Self::MissingDate => "missing-date",
            Self::InvalidDate => "invalid-date",
            Self::MissingDistrict => "missing-district",
            Self::InvalidDistrict => "invalid-district",
            Self::MissingType => "missing-type",
            Self::InvalidFlag => "invalid-flag",
        }
    }
}

/// A row with an ID and a date.
#[derive(Debug, Clone, PartialEq)]
pub struct Crime {
    /// the city's number of the crime
    pub id: u64,
    /// when it happened, on the city's wall clock
    pub date: NaiveDateTime,
    /// when the record was last corrected, if it says so
    pub updated: Option<NaiveDateTime>,
    /// 1 to 999
    pub district: Option<u16>,
    /// such as `BATTERY`; empty if the record has none
    pub primary_type: String,
    /// such as `DOMESTIC BATTERY SIMPLE`
    pub description: String,
    /// an arrest was made
    pub arrest: bool,
    /// happened at home
    pub domestic: bool,
    /// latitude and longitude in degrees, if they lie in or near the city
    pub position: Option<(f64, f64)>,
}

/// What becomes of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// present unless the whole record is unusable
    pub crime: Option<Crime>,
    /// present if no window counts it
    pub reject: Option<Reason>,
}

/// Decides about one row.
pub fn judge(row: &Row) -> Judged {
    let text = |name: &str| row.get(name).map_or("", |value| value.trim());
    let nothing = |reason| Judged { crime: None, reject: Some(reason) };

    let id = match text("id") {
        "" => return nothing(Reason::MissingId),
        digits => match digits.parse::<u64>() {
            Ok(id) if id > 0 => id,
            _ => return nothing(Reason::InvalidId),
        },
    };
    let date = match text("date") {
        "" => return nothing(Reason::MissingDate),
        reading => match wall_clock(reading) {
            Some(date) => date,
            None => return nothing(Reason::InvalidDate),
        },
    };
    let (Some(arrest), Some(domestic)) = (flag(text("arrest")), flag(text("domestic"))) else {
        return nothing(Reason::InvalidFlag);
    };
    let (district, mut reject) = match text("district") {
        "" => (None, Some(Reason::MissingDistrict)),
        digits => match digits.parse::<u16>() {
            Ok(number @ 1..=999) => (Some(number), None),
            _ => (None, Some(Reason::InvalidDistrict)),
        },
    };
    let primary_type = text("primary_type").to_owned();
    if reject.is_none() && primary_type.is_empty() {
        reject = Some(Reason::MissingType);
    }
    let crime = Crime {
        id,
        date,
        updated: wall_clock(text("updated_on")).filter(|updated| {
            // half a century after the crime, counted in days: twelve or thirteen leap days are among them
            (0..=18_263 * 86_400_000).contains(&(*updated - date).num_milliseconds())
        }),
        district,
        primary_type,
        description: text("description").to_owned(),
        arrest,
        domestic,
        position: position(text("latitude"), text("longitude")),
    };
    Judged { crime: Some(crime), reject }
}

/// A reading of the wall clock in any of the formats of the data.
fn wall_clock(text: &str) -> Option<NaiveDateTime> {
    ["%m/%d/%Y %I:%M:%S %p", "%Y-%m-%dT%H:%M:%S%.f"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
}

fn flag(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" => Some(true),
        "false" | "" => Some(false),
        _ => None,
    }
}

/// A position in or near Chicago. The data has a few in Missouri and at 0, 0.
fn position(latitude: &str, longitude: &str) -> Option<(f64, f64)> {
    let (latitude, longitude): (f64, f64) = (latitude.parse().ok()?, longitude.parse().ok()?);
    ((41.0..=42.5).contains(&latitude) && (-88.5..=-87.0).contains(&longitude))
        .then_some((latitude, longitude))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::read_text;

    fn judged(fields: &str) -> Judged {
        let header = "id,date,primary_type,district,arrest,domestic,latitude,longitude";
        judge(&read_text(&format!("{header}\n{fields}\n")).unwrap()[0])
    }

    #[test]
    fn a_good_row_is_a_crime() {
        let judged = judged("7,01/03/2016 12:05:06 AM,THEFT,004,true,false,41.8,-87.6");
        assert_eq!(judged.reject, None);
        let crime = judged.crime.unwrap();
        assert_eq!(
            (crime.id, crime.district, crime.arrest, crime.domestic),
            (7, Some(4), true, false)
        );
        assert_eq!(crime.date.to_string(), "2016-01-03 00:05:06");
        assert_eq!(crime.position, Some((41.8, -87.6)));
    }

    #[test]
    fn noon_and_midnight_of_the_twelve_hour_clock() {
        assert_eq!(
            wall_clock("03/11/2018 12:00:00 PM").unwrap().to_string(),
            "2018-03-11 12:00:00"
        );
        assert_eq!(
            wall_clock("03/11/2018 12:00:00 AM").unwrap().to_string(),
            "2018-03-11 00:00:00"
        );
        assert_eq!(
            wall_clock("2012-01-01T02:30:00.000").unwrap().to_string(),
            "2012-01-01 02:30:00"
        );
        assert_eq!(wall_clock("11.03.2018 12:00"), None);
    }

    #[test]
    fn each_fault_has_its_reason() {
        for (fields, reason, usable) in [
            (",2016-01-03T00:00:00,THEFT,004,true,false,,", Reason::MissingId, false),
            ("x1,2016-01-03T00:00:00,THEFT,004,true,false,,", Reason::InvalidId, false),
            ("1,,THEFT,004,true,false,,", Reason::MissingDate, false),
            ("1,yesterday,THEFT,004,true,false,,", Reason::InvalidDate, false),
            ("1,2016-01-03T00:00:00,THEFT,,true,false,,", Reason::MissingDistrict, true),
            ("1,2016-01-03T00:00:00,THEFT,abc,true,false,,", Reason::InvalidDistrict, true),
            ("1,2016-01-03T00:00:00,THEFT,-1,true,false,,", Reason::InvalidDistrict, true),
            ("1,2016-01-03T00:00:00,THEFT,0,true,false,,", Reason::InvalidDistrict, true),
            ("1,2016-01-03T00:00:00,THEFT,999999,true,false,,", Reason::InvalidDistrict, true),
            ("1,2016-01-03T00:00:00,,004,true,false,,", Reason::MissingType, true),
            ("1,2016-01-03T00:00:00,THEFT,004,maybe,false,,", Reason::InvalidFlag, false),
        ] {
            let judged = judged(fields);
            assert_eq!(judged.reject, Some(reason), "{fields}");
            assert_eq!(judged.crime.is_some(), usable, "{fields}");
        }
    }

    #[test]
    fn positions_outside_the_city_are_none() {
        assert_eq!(position("0", "0"), None);
        assert_eq!(position("91", "181"), None);
        assert_eq!(position("36.619446395", "-91.686565684"), None);
        assert_eq!(position("", ""), None);
        assert_eq!(position("41.0", "-88.5"), Some((41.0, -88.5)));
    }
}
