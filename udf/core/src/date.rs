//! Dates of the data: wall-clock readings without a zone.
//!
//! Two forms occur: the portal's `01/31/2018 09:05:00 PM` and ISO 8601's `2018-01-31T21:05:00`, with or without a
//! fraction of a second. Years 1900 to 2199 are taken; anything else is a typing error.

use crate::words::trim;

const DAY: i64 = 86_400_000;

/// Milliseconds since 1970-01-01T00:00:00 on the same clock, or `None` where `text` is no date in one of the two forms.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    let b = trim(text).as_bytes();
    if b.get(4) == Some(&b'-') { iso(b) } else { portal(b) }
}

fn iso(b: &[u8]) -> Option<i64> {
    let (b, fraction) = b.split_first_chunk::<19>()?;
    if b[4] != b'-'
        || b[7] != b'-'
        || !matches!(b[10], b'T' | b' ')
        || b[13] != b':'
        || b[16] != b':'
    {
        return None;
    }
    let millis = match fraction {
        [] => 0,
        [b'.', digits @ ..]
            if (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit) =>
        {
            (0..3).fold(0, |n, i| n * 10 + digits.get(i).map_or(0, |d| i64::from(d - b'0')))
        }
        _ => return None,
    };
    let day = days(year(b[0], b[1], b[2], b[3])?, two(b[5], b[6])?, two(b[8], b[9])?)?;
    Some(day * DAY + clock(two(b[11], b[12])?, two(b[14], b[15])?, two(b[17], b[18])?)? + millis)
}

fn portal(b: &[u8]) -> Option<i64> {
    let b: &[u8; 22] = b.try_into().ok()?;
    if b[2] != b'/'
        || b[5] != b'/'
        || b[10] != b' '
        || b[13] != b':'
        || b[16] != b':'
        || b[19] != b' '
    {
        return None;
    }
    let day = days(year(b[6], b[7], b[8], b[9])?, two(b[0], b[1])?, two(b[3], b[4])?)?;
    let hour = two(b[11], b[12])?;
    let afternoon = match &b[20..22] {
        b"AM" | b"am" => 0,
        b"PM" | b"pm" => 12,
        _ => return None,
    };
    if !(1..=12).contains(&hour) {
        return None;
    }
    Some(day * DAY + clock(hour % 12 + afternoon, two(b[14], b[15])?, two(b[17], b[18])?)?)
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

fn year(a: u8, b: u8, c: u8, d: u8) -> Option<i64> {
    Some(two(a, b)? * 100 + two(c, d)?)
}

fn clock(hour: i64, minute: i64, second: i64) -> Option<i64> {
    (hour < 24 && minute < 60 && second < 60).then_some(((hour * 60 + minute) * 60 + second) * 1000)
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
///
/// The year is taken to begin in March, so that the leap day is its last: a month's first day is then
/// `(153 * month + 2) / 5`, and the rest is counting leap years.
pub(crate) fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1900..2200).contains(&year)
        || !(1..=12).contains(&month)
        || day < 1
        || day > days_in_month(year, month)
    {
        return None;
    }
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    Some(y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Writes `millis` as `2018-01-31T21:05:00`, without a fraction.
pub(crate) fn write_iso(millis: i64, out: &mut Vec<u8>) {
    let (day, rest) = (millis.div_euclid(DAY), millis.rem_euclid(DAY) / 1000);
    let (year, month, day) = civil(day);
    let mut text = *b"0000-00-00T00:00:00";
    let parts = [year / 100, year % 100, month, day, rest / 3600, rest / 60 % 60, rest % 60];
    for (part, at) in parts.into_iter().zip([0, 2, 5, 8, 11, 14, 17]) {
        let part = u8::try_from(part).unwrap_or(0);
        text[at] = b'0' + part / 10;
        text[at + 1] = b'0' + part % 10;
    }
    out.extend_from_slice(&text);
}

/// Year, month and day of a day since 1970-01-01: [`days`] the other way round.
pub(crate) fn civil(day: i64) -> (i64, i64, i64) {
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let m = (5 * doy + 2) / 153;
    let day = doy - (153 * m + 2) / 5 + 1;
    let month = if m < 10 { m + 3 } else { m - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, NaiveDateTime};
    use proptest::prelude::*;

    fn chrono_millis(text: &str, format: &str) -> i64 {
        NaiveDateTime::parse_from_str(text, format).unwrap().and_utc().timestamp_millis()
    }

    #[test]
    fn both_forms_name_the_same_moment() {
        let want = chrono_millis("2018-01-31T21:05:00", "%Y-%m-%dT%H:%M:%S");
        for text in [
            "2018-01-31T21:05:00",
            "2018-01-31 21:05:00",
            "2018-01-31T21:05:00.000",
            "01/31/2018 09:05:00 PM",
        ] {
            assert_eq!(parse(text), Some(want), "{text}");
        }
        assert_eq!(parse("2018-01-31T21:05:00.25"), Some(want + 250));
        assert_eq!(
            parse("01/31/2018 12:05:00 AM"),
            Some(chrono_millis("2018-01-31T00:05:00", "%Y-%m-%dT%H:%M:%S"))
        );
        assert_eq!(
            parse("01/31/2018 12:05:00 PM"),
            Some(chrono_millis("2018-01-31T12:05:00", "%Y-%m-%dT%H:%M:%S"))
        );
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "2018",
            "2018-02-29T00:00:00",
            "2018-13-01T00:00:00",
            "2018-00-01T00:00:00",
            "2018-01-01T24:00:00",
            "2018-01-01T00:60:00",
            "2018-01-01T00:00:60",
            "2018-01-01",
            "01/31/2018",
            "31/01/2018 09:05:00 PM",
            "01/31/2018 13:05:00 PM",
            "01/31/2018 00:05:00 AM",
            "01/31/2018 09:05:00 XM",
            "0018-01-31T21:05:00",
            "2018-01-31T21:05:00Z",
            "2018-01-31T21:05:00.",
            "2018-01-31T21:05:00.0000000000",
            "１９０２-01-01T00:00:00",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_chrono(seconds in -2_208_988_800_i64..7_258_118_400) {
            let moment = DateTime::from_timestamp(seconds, 0).unwrap().naive_utc();
            let want = Some(seconds * 1000);
            let iso = moment.format("%Y-%m-%dT%H:%M:%S").to_string();
            prop_assert_eq!(parse(&iso), want);
            prop_assert_eq!(parse(&moment.format("%m/%d/%Y %I:%M:%S %p").to_string()), want);
            let mut written = Vec::new();
            write_iso(seconds * 1000, &mut written);
            prop_assert_eq!(String::from_utf8(written).unwrap(), iso);
        }

        #[test]
        fn never_panics(text in "\\PC{0,30}") {
            let _ = parse(&text);
        }
    }
}
