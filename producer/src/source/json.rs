//! Lines of JSON as records: one object a line, keys in any of the three spellings, values of any scalar type.

use std::fmt::{self, Write as _};
use std::io::{self, Read};

use memchr::memchr;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::buffer::Buffer;
use super::{Limits, Source, event_time, is_plain};
use crate::columns::{COLUMN_COUNT, Column, shown};
use crate::record::{Broken, Place, Reason, Record, Row, Spans};

/// Reads records from lines of JSON. A line that is no such object is broken, and reading goes on behind it.
pub struct JsonSource<R> {
    buffer: Buffer<R>,
    limit: usize,
    input: u32,
    found: Found,
    texts: Texts,
}

enum Found {
    Line { from: usize, to: usize, place: Place },
    Broken(Broken),
    None,
}

impl<R: Read> JsonSource<R> {
    /// Reads lines from `input`, which stands at a byte and a line of the file. Lines beyond `limits` are broken. `number`
    /// is the input's number in [`Place`].
    pub fn new(input: R, limits: Limits, number: u32, offset: u64, line: u64) -> Self {
        Self {
            buffer: Buffer::new(input, offset, line),
            limit: limits.row_bytes,
            input: number,
            found: Found::None,
            texts: Texts::new(limits.latest),
        }
    }

    fn find(&mut self) -> io::Result<Found> {
        loop {
            let rest = self.buffer.rest();
            let feed = memchr(b'\n', rest);
            let mut place = Place {
                input: self.input,
                line: self.buffer.line(),
                offset: self.buffer.offset(),
                length: u32::try_from(feed.unwrap_or(rest.len())).unwrap_or(u32::MAX),
            };
            if feed.is_none() && !self.buffer.is_last() && rest.len() <= self.limit {
                self.buffer.fill()?;
                continue;
            }
            if feed.unwrap_or(rest.len()) > self.limit {
                let length = self.buffer.skip_line()?;
                place.length = u32::try_from(length).unwrap_or(u32::MAX);
                let detail =
                    format!("a line of {length} bytes, more than the limit of {}", self.limit);
                return Ok(Found::Broken(Broken { place, reason: Reason::TooLong, detail }));
            }
            if rest.is_empty() {
                return Ok(Found::None);
            }
            let from = self.buffer.start();
            let to = from + feed.unwrap_or(rest.len());
            let empty = self.buffer.bytes()[from..to].trim_ascii().is_empty();
            self.buffer.consume(feed.map_or(to, |_| to + 1), 1);
            if !empty {
                return Ok(Found::Line { from, to, place });
            }
        }
    }
}

impl<R: Read> Source for JsonSource<R> {
    fn advance(&mut self) -> io::Result<bool> {
        self.found = self.find()?;
        Ok(!matches!(self.found, Found::None))
    }

    fn row(&mut self) -> Row<'_> {
        match &self.found {
            Found::Line { from, to, place } => {
                self.texts.record(&self.buffer.bytes()[*from..*to], *place)
            }
            Found::Broken(broken) => Row::Broken(broken.clone()),
            Found::None => Row::Broken(Broken::none()),
        }
    }
}

/// One line that is in memory, for those who know where it is.
pub(crate) struct JsonRow {
    bytes: Vec<u8>,
    place: Place,
    texts: Texts,
}

impl JsonRow {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { bytes: Vec::new(), place: Place::default(), texts: Texts::new(limits.latest) }
    }

    pub(crate) fn set(&mut self, bytes: &[u8], place: Place) {
        self.bytes.clear();
        self.bytes.extend_from_slice(bytes);
        self.place = place;
    }

    pub(crate) fn row(&mut self) -> Row<'_> {
        self.texts.record(&self.bytes, self.place)
    }
}

/// The texts of the record at hand, one after another.
struct Texts {
    text: String,
    spans: Spans,
    /// the latest event time that is no fault
    latest: Option<i64>,
}

impl Texts {
    fn new(latest: Option<i64>) -> Self {
        Self { text: String::new(), spans: [(0, 0); COLUMN_COUNT + 1], latest }
    }

    fn record(&mut self, line: &[u8], place: Place) -> Row<'_> {
        let broken = |reason, detail| Row::Broken(Broken { place, reason, detail });
        let line = match std::str::from_utf8(line) {
            Ok(line) => line,
            Err(error) => {
                let at = error.valid_up_to();
                let detail = format!("byte {} of the line is {:#04x}: not UTF-8", at + 1, line[at]);
                return broken(Reason::NotUtf8, detail);
            }
        };
        self.text.clear();
        self.spans = [(0, 0); COLUMN_COUNT + 1];
        let mut reader = serde_json::Deserializer::from_str(line);
        let read = reader.deserialize_map(Object(self)).and_then(|()| reader.end());
        if let Err(error) = read {
            return broken(
                Reason::NotJson,
                format!("not one JSON object: {error}: {}", shown(line)),
            );
        }
        let (from, to) = self.spans[Column::Date as usize];
        match event_time(&self.text[from as usize..to as usize], self.latest) {
            Ok(event_time) => {
                let plain = is_plain(self.text.as_bytes(), 0);
                let (text, spans) = (&self.text, &self.spans);
                Row::Whole(Record { text, spans, plain, event_time, shift: 0, place })
            }
            Err((reason, detail)) => broken(reason, detail),
        }
    }
}

struct Object<'a>(&'a mut Texts);

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the columns of a crime")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(column) = map.next_key::<Key>()? {
            let Some(column) = column.0 else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let from = self.0.text.len();
            map.next_value_seed(Scalar(&mut self.0.text))?;
            let at = |at: usize| u32::try_from(at).map_err(A::Error::custom);
            // of a key that comes twice the last value holds
            self.0.spans[column as usize] = (at(from)?, at(self.0.text.len())?);
        }
        Ok(())
    }
}

/// The column that a key names, if any.
struct Key(Option<Column>);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = Key;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_str<E>(self, name: &str) -> Result<Key, E> {
                Ok(Key(Column::named(name)))
            }
        }
        deserializer.deserialize_str(Name)
    }
}

/// Appends a scalar as the text that it stands for; nothing for null.
struct Scalar<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for Scalar<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Scalar<'_> {
    fn append<E: Error>(self, value: impl fmt::Display) -> Result<(), E> {
        write!(self.0, "{value}").map_err(E::custom)
    }
}

impl<'de> Visitor<'de> for Scalar<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, true, false or null")
    }
    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.push_str(text);
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.append(value)
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.append(value)
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.append(value)
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.append(value)
    }

    /// The API's `location` is an object; the export has `(latitude, longitude)` there.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (mut latitude, mut longitude) = (String::new(), String::new());
        while let Some(key) = map.next_key::<Key>()? {
            match key.0 {
                Some(Column::Latitude) => map.next_value_seed(Scalar(&mut latitude))?,
                Some(Column::Longitude) => map.next_value_seed(Scalar(&mut longitude))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if latitude.is_empty() || longitude.is_empty() {
            return Ok(());
        }
        self.append(format_args!("({latitude}, {longitude})"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(A::Error::custom("an array is no value of a column"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::limits;
    use super::*;

    fn read(lines: &[u8], limit: usize) -> Vec<Result<String, (u64, Reason)>> {
        let mut source = JsonSource::new(lines, limits(limit), 0, 0, 1);
        let mut found = Vec::new();
        while let Some(row) = source.next().unwrap() {
            found.push(match row {
                Row::Whole(record) => Ok(Column::ALL.map(|column| record.field(column)).join("|")),
                Row::Broken(broken) => Err((broken.place.line, broken.reason)),
            });
        }
        found
    }

    #[test]
    fn three_spellings_and_native_types_are_the_same() {
        let lines = br#"{"ID":"7","Primary_Type":"THEFT","Arrest":"true","Latitude":"41.5","Date":"2018-01-01T00:00:00"}
{"Date":"2018-01-01T00:00:00","ID":7,"Primary Type":"THEFT","Arrest":true,"Latitude":41.5,"x":[{}]}

{"id":"7","primary_type":"THEFT","arrest":true,"latitude":"41.5","ward":null,"date":"2018-01-01T00:00:00"}"#;
        let found = read(lines, 1000);
        assert_eq!(found.len(), 3);
        assert_eq!(
            found[0].as_deref(),
            Ok("7||2018-01-01T00:00:00|||THEFT|||true|||||||||||41.5||")
        );
        assert!(found.iter().all(|row| *row == found[0]), "{found:?}");
    }

    #[test]
    fn a_location_is_written_as_the_export_writes_it() {
        let line = br#"{"date":"2018-01-01T00:00:00","location":{"latitude":"41.8","human_address":"{}","longitude":-87.6}}"#;
        assert!(read(line, 1000)[0].as_ref().unwrap().ends_with("|(41.8, -87.6)"));
        let line = br#"{"date":"2018-01-01T00:00:00","location":{"latitude":"41.8"}}"#;
        assert!(read(line, 1000)[0].as_ref().unwrap().ends_with('|'));
    }

    #[test]
    fn of_a_repeated_key_the_last_value_holds() {
        let line = br#"{"id":1,"date":"2018-01-01T00:00:00","ID":"2"}"#;
        assert!(read(line, 1000)[0].as_ref().unwrap().starts_with("2|"));
    }

    #[test]
    fn broken_lines_are_told_and_passed_over() {
        let deep = format!("{{\"x\":{}", "[".repeat(100_000));
        let long = format!("{{\"id\":\"{}\"}}", "x".repeat(300_000));
        let good = r#"{"date":"2018-01-01T00:00:00"}"#;
        for (line, reason) in [
            ("[1]", Reason::NotJson),
            ("{\"id\":1", Reason::NotJson),
            ("{\"id\":[1],\"date\":\"2018-01-01T00:00:00\"}", Reason::NotJson),
            ("{} {}", Reason::NotJson),
            ("{}", Reason::Date),
            (deep.as_str(), Reason::NotJson),
            (long.as_str(), Reason::TooLong),
        ] {
            let lines = format!("{good}\n{line}\n{good}");
            let found = read(lines.as_bytes(), 200_000);
            assert!(
                found.len() == 3 && found[0].is_ok() && found[2].is_ok(),
                "{line:.20}: {found:?}"
            );
            assert_eq!(found[1], Err((2, reason)), "{line:.20}");
        }
        assert_eq!(read(b"{\"id\":\"\xff\"}", 1000), [Err((1, Reason::NotUtf8))]);
    }
}
