//! Rows as CSV, in the three dialects of the data, written by hand into one buffer.

use crate::calendar::{DAY, Date};
use crate::record::{Block, Position, Record};
use crate::streets::Street;

/// How a file spells its header and its dates. All three are the same data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// the portal's export: `Primary Type`, `01/31/2023 06:05:00 PM`
    #[default]
    Portal,
    /// the same with `Primary_Type`
    Underscored,
    /// the open-data API: `primary_type`, `2023-01-31T18:05:00.000`, columns in alphabetical order, all quoted
    Api,
}

const PORTAL: &str = "ID,Case Number,Date,Block,IUCR,Primary Type,Description,Location Description,Arrest,Domestic,Beat,\
District,Ward,Community Area,FBI Code,X Coordinate,Y Coordinate,Year,Updated On,Latitude,Longitude,Location\n";

const API: &str = "\"arrest\",\"beat\",\"block\",\"case_number\",\"community_area\",\"date\",\"description\",\
\"district\",\"domestic\",\"fbi_code\",\"id\",\"iucr\",\"latitude\",\"location\",\"location_description\",\
\"longitude\",\"primary_type\",\"updated_on\",\"ward\",\"x_coordinate\",\"y_coordinate\",\"year\"\n";

impl Dialect {
    /// Writes the header.
    pub fn write_header(self, out: &mut Vec<u8>) {
        match self {
            Self::Portal => out.extend_from_slice(PORTAL.as_bytes()),
            Self::Underscored => {
                out.extend(PORTAL.bytes().map(|byte| if byte == b' ' { b'_' } else { byte }));
            }
            Self::Api => out.extend_from_slice(API.as_bytes()),
        }
    }

    /// Writes a row with its end of line.
    pub fn write_row(self, record: &Record, out: &mut Vec<u8>) {
        match self {
            Self::Portal | Self::Underscored => write_portal(record, out),
            Self::Api => write_api(record, out),
        }
    }
}

fn write_portal(record: &Record, out: &mut Vec<u8>) {
    number(record.id, out);
    out.push(b',');
    case_number(record, out);
    out.push(b',');
    portal_date(record.date, out);
    out.push(b',');
    block(record.block, out);
    out.push(b',');
    text(record.offence.iucr, out);
    out.push(b',');
    text(record.primary_type, out);
    out.push(b',');
    text(record.offence.description, out);
    out.push(b',');
    text(record.location_description, out);
    out.push(b',');
    flag(record.arrest, out);
    out.push(b',');
    flag(record.domestic, out);
    out.push(b',');
    digits(u64::from(record.beat), 4, out);
    out.push(b',');
    out.extend_from_slice(record.district.map_or("", |district| district.code).as_bytes());
    out.push(b',');
    number(u64::from(record.ward), out);
    out.push(b',');
    number(u64::from(record.community_area), out);
    out.push(b',');
    out.extend_from_slice(record.offence.fbi_code.as_bytes());
    out.push(b',');
    if let Some(position) = &record.position {
        number(position.x.unsigned_abs(), out);
        out.push(b',');
        number(position.y.unsigned_abs(), out);
    } else {
        out.push(b',');
    }
    out.push(b',');
    digits(year(record.date), 4, out);
    out.push(b',');
    portal_date(record.updated_on, out);
    out.push(b',');
    if let Some(position) = &record.position {
        degrees(position.latitude, out);
        out.push(b',');
        degrees(position.longitude, out);
        out.extend_from_slice(b",\"");
        location(position, out);
        out.push(b'"');
    } else {
        out.extend_from_slice(b",,");
    }
    out.push(b'\n');
}

fn write_api(record: &Record, out: &mut Vec<u8>) {
    let position = record.position.as_ref();
    let mut column = |last: bool, write: &dyn Fn(&mut Vec<u8>)| {
        out.push(b'"');
        write(out);
        out.extend_from_slice(if last { b"\"\n" } else { b"\"," });
    };
    column(false, &|out| flag(record.arrest, out));
    column(false, &|out| digits(u64::from(record.beat), 4, out));
    column(false, &|out| block(record.block, out));
    column(false, &|out| case_number(record, out));
    column(false, &|out| number(u64::from(record.community_area), out));
    column(false, &|out| iso_date(record.date, out));
    column(false, &|out| out.extend_from_slice(record.offence.description.as_bytes()));
    let district = record.district.map_or("", |district| district.code);
    column(false, &|out| out.extend_from_slice(district.as_bytes()));
    column(false, &|out| flag(record.domestic, out));
    column(false, &|out| out.extend_from_slice(record.offence.fbi_code.as_bytes()));
    column(false, &|out| number(record.id, out));
    column(false, &|out| out.extend_from_slice(record.offence.iucr.as_bytes()));
    column(false, &|out| position.iter().for_each(|it| degrees(it.latitude, out)));
    column(false, &|out| position.iter().for_each(|it| location(it, out)));
    column(false, &|out| out.extend_from_slice(record.location_description.as_bytes()));
    column(false, &|out| position.iter().for_each(|it| degrees(it.longitude, out)));
    column(false, &|out| out.extend_from_slice(record.primary_type.as_bytes()));
    column(false, &|out| iso_date(record.updated_on, out));
    column(false, &|out| number(u64::from(record.ward), out));
    column(false, &|out| position.iter().for_each(|it| number(it.x.unsigned_abs(), out)));
    column(false, &|out| position.iter().for_each(|it| number(it.y.unsigned_abs(), out)));
    column(true, &|out| digits(year(record.date), 4, out));
}

/// Texts of the tables: the only special character in them is the comma.
fn text(text: &str, out: &mut Vec<u8>) {
    let quoted = text.as_bytes().contains(&b',');
    if quoted {
        out.push(b'"');
    }
    out.extend_from_slice(text.as_bytes());
    if quoted {
        out.push(b'"');
    }
}

fn flag(flag: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(if flag { b"true" } else { b"false" });
}

/// Two letters for the year, then a number within it, as the police gives them.
fn case_number(record: &Record, out: &mut Vec<u8>) {
    const LETTERS: &[u8; 22] = b"ABCDEFGHJKLMNPRSTVWXYZ"; // those that look like no digit and no other
    const OF_2001: u64 = 7 * 22 + 6; // HG
    let code = year(record.date) - 2001 + OF_2001;
    out.push(LETTERS[(code / 22 % 22) as usize]);
    out.push(LETTERS[(code % 22) as usize]);
    digits(100_000 + record.id % 10_000_000, 6, out);
}

fn block(block: Block, out: &mut Vec<u8>) {
    digits(u64::from(block.hundred), 3, out);
    out.extend_from_slice(b"XX ");
    out.push(block.direction as u8);
    out.push(b' ');
    match block.street {
        Street::Named(name) => out.extend_from_slice(name.as_bytes()),
        Street::Numbered(street, place) => {
            number(u64::from(street), out);
            out.extend_from_slice(match (street / 10 % 10, street % 10) {
                (1, _) => b"TH",
                (_, 1) => b"ST",
                (_, 2) => b"ND",
                (_, 3) => b"RD",
                _ => b"TH",
            });
            out.extend_from_slice(if place { b" PL" } else { b" ST" });
        }
    }
}

fn location(position: &Position, out: &mut Vec<u8>) {
    out.push(b'(');
    degrees(position.latitude, out);
    out.extend_from_slice(b", ");
    degrees(position.longitude, out);
    out.push(b')');
}

/// 10^-9 of a degree as a decimal number without zeros at its end, as the portal writes it.
fn degrees(nano: i64, out: &mut Vec<u8>) {
    if nano < 0 {
        out.push(b'-');
    }
    let nano = nano.unsigned_abs();
    number(nano / 1_000_000_000, out);
    out.push(b'.');
    digits(nano % 1_000_000_000, 9, out);
    while out.last() == Some(&b'0') {
        out.pop();
    }
    if out.last() == Some(&b'.') {
        out.pop();
    }
}

fn year(seconds: i64) -> u64 {
    Date::of_day(seconds.div_euclid(DAY)).year.unsigned_abs().into()
}

/// `01/31/2023 06:05:00 PM`
fn portal_date(seconds: i64, out: &mut Vec<u8>) {
    let Date { year, month, day } = Date::of_day(seconds.div_euclid(DAY));
    let of_day = seconds.rem_euclid(DAY).unsigned_abs();
    let hour = of_day / 3600;
    let mut text = *b"00/00/0000 00:00:00 AM";
    put_two(&mut text, 0, month.into());
    put_two(&mut text, 3, day.into());
    put_two(&mut text, 6, u64::from(year.unsigned_abs()) / 100);
    put_two(&mut text, 8, u64::from(year.unsigned_abs()) % 100);
    put_two(&mut text, 11, (hour + 11) % 12 + 1);
    put_two(&mut text, 14, of_day / 60 % 60);
    put_two(&mut text, 17, of_day % 60);
    text[20] = if hour < 12 { b'A' } else { b'P' };
    out.extend_from_slice(&text);
}

/// `2023-01-31T18:05:00.000`
fn iso_date(seconds: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(crate::calendar::iso(seconds).as_bytes());
    out.extend_from_slice(b".000");
}

fn put_two(text: &mut [u8], at: usize, number: u64) {
    let pair = usize::try_from(number % 100).unwrap_or(0) * 2;
    text[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
}

/// `00` to `99`.
const PAIRS: [u8; 200] = {
    let mut pairs = [0; 200];
    let mut number = 0;
    while number < 100 {
        pairs[2 * number] = b'0' + (number / 10) as u8;
        pairs[2 * number + 1] = b'0' + (number % 10) as u8;
        number += 1;
    }
    pairs
};

fn number(number: u64, out: &mut Vec<u8>) {
    digits(number, 1, out);
}

/// A number with at least so many digits.
fn digits(mut number: u64, least: usize, out: &mut Vec<u8>) {
    let mut text = [b'0'; 20];
    let mut begin = text.len();
    while number >= 100 {
        begin -= 2;
        put_two(&mut text, begin, number % 100);
        number /= 100;
    }
    if number >= 10 {
        begin -= 2;
        put_two(&mut text, begin, number);
    } else if number > 0 || begin == text.len() {
        begin -= 1;
        text[begin] = b'0' + number as u8;
    }
    out.extend_from_slice(&text[begin.min(text.len() - least)..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers() {
        for (value, least, wanted) in [
            (0, 1, "0"),
            (7, 4, "0007"),
            (10, 1, "10"),
            (99, 1, "99"),
            (100, 1, "100"),
            (101, 4, "0101"),
            (1_000_000, 1, "1000000"),
            (12_345_678, 4, "12345678"),
            (u64::MAX, 1, "18446744073709551615"),
        ] {
            assert_eq!(written(|out| digits(value, least, out)), wanted);
        }
    }

    #[test]
    fn degrees_end_without_zeros() {
        assert_eq!(written(|out| degrees(41_879_001_500, out)), "41.8790015");
        assert_eq!(written(|out| degrees(-87_000_000_001, out)), "-87.000000001");
        assert_eq!(written(|out| degrees(42_000_000_000, out)), "42");
    }

    #[test]
    fn dates() {
        let noon = Date { year: 2023, month: 1, day: 31 }.days() * DAY + 12 * 3600;
        assert_eq!(written(|out| portal_date(noon, out)), "01/31/2023 12:00:00 PM");
        assert_eq!(written(|out| portal_date(noon - 12 * 3600, out)), "01/31/2023 12:00:00 AM");
        assert_eq!(written(|out| portal_date(noon + 6 * 3600 + 61, out)), "01/31/2023 06:01:01 PM");
        assert_eq!(written(|out| iso_date(noon, out)), "2023-01-31T12:00:00.000");
    }

    #[test]
    fn streets() {
        let street = |number, place| {
            written(|out| {
                block(
                    Block { hundred: 16, direction: 'W', street: Street::Numbered(number, place) },
                    out,
                );
            })
        };
        assert_eq!(street(77, false), "016XX W 77TH ST");
        assert_eq!(street(111, true), "016XX W 111TH PL");
        assert_eq!(street(41, false), "016XX W 41ST ST");
        assert_eq!(street(63, false), "016XX W 63RD ST");
        assert_eq!(street(113, false), "016XX W 113TH ST");
    }
}
