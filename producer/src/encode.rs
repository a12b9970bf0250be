//! A record as the JSON value on the topic, written by hand into one buffer that is used again and again.
//!
//! One flat object with all 22 columns as texts, keys in the underscored spelling, `Date` and `Updated_On` as
//! `yyyy-MM-dd'T'HH:mm:ss`. An `Updated_On` that is no date stays as it is: it is not ours to judge. In a record that is
//! shifted in time, the dates and the year are shifted too.

use crate::columns::{COLUMN_COUNT, Column};
use crate::record::{Record, Span};

const DAY: i64 = 86_400_000;

/// Writes records as JSON.
#[derive(Debug)]
pub struct Encoder {
    value: Vec<u8>,
    /// what stands before each text: the end of the one before it, and the key
    keys: [Key; COLUMN_COUNT],
    date: DayCache,
    updated_on: DayCache,
}

impl Default for Encoder {
    fn default() -> Self {
        Self {
            value: Vec::with_capacity(4096),
            keys: Column::ALL.map(Key::before),
            date: DayCache::default(),
            updated_on: DayCache::default(),
        }
    }
}

/// A short text that is copied with all its room: a copy whose length is known when it is compiled is two instructions,
/// any other is a call.
#[derive(Debug, Clone, Copy)]
struct Key {
    text: [u8; 32],
    length: usize,
}

impl Key {
    fn before(column: Column) -> Self {
        let open = if column == Column::ALL[0] { "{" } else { "\"," };
        let key = format!("{open}\"{}\":\"", column.key());
        let mut text = [0; 32];
        // the longest key, Location_Description, makes 26 bytes of it
        text[..key.len()].copy_from_slice(key.as_bytes());
        Self { text, length: key.len() }
    }

    fn append_to(&self, value: &mut Vec<u8>) {
        value.extend_from_slice(&self.text);
        value.truncate(value.len() - (self.text.len() - self.length));
    }
}

/// Appends a part of a text that needs no escapes. Most are short: see [`Key`].
fn append(text: &[u8], (from, to): Span, value: &mut Vec<u8>) {
    const SHORT: usize = 16;
    let (from, to) = (from as usize, to as usize);
    match text[from..].first_chunk::<SHORT>() {
        Some(start) if to - from <= SHORT => {
            value.extend_from_slice(start);
            value.truncate(value.len() - (SHORT - (to - from)));
        }
        _ => value.extend_from_slice(&text[from..to]),
    }
}

impl Encoder {
    /// The value of a record, valid until the next call.
    pub fn encode(&mut self, record: &Record<'_>) -> &[u8] {
        let value = &mut self.value;
        value.clear();
        for (column, key) in Column::ALL.into_iter().zip(&self.keys) {
            key.append_to(value);
            match column {
                Column::Date => self.date.write(record.event_time, value),
                Column::UpdatedOn => {
                    let text = record.field(column);
                    match crime_core::date::parse(text) {
                        Some(time) => self.updated_on.write(time + record.shift, value),
                        None => escape(text, value),
                    }
                }
                Column::Year if record.shift != 0 && !record.field(column).is_empty() => {
                    value.extend_from_slice(self.date.year());
                }
                _ if record.plain => {
                    append(record.text.as_bytes(), record.spans[column as usize], value);
                }
                _ => escape(record.field(column), value),
            }
        }
        value.extend_from_slice(b"\"}");
        value
    }
}

/// Writes times as `2018-01-31T21:05:00`. Records that follow each other mostly share their day, whose digits are the
/// costly part.
#[derive(Debug, Default)]
struct DayCache {
    day: Option<i64>,
    digits: Vec<u8>,
}

impl DayCache {
    /// The year of what was written last.
    fn year(&self) -> &[u8] {
        self.digits.get(..4).unwrap_or_default()
    }

    fn write(&mut self, time: i64, out: &mut Vec<u8>) {
        let day = time.div_euclid(DAY);
        if self.day != Some(day) {
            self.day = Some(day);
            self.digits.clear();
            self.digits.extend_from_slice(first_of(day).as_bytes());
        }
        // in range: a day has 86,400 seconds
        let second = (time.rem_euclid(DAY) / 1000) as u32;
        let mut text = [0; 19];
        text[..11].copy_from_slice(self.digits.get(..11).unwrap_or(b"0000-00-00T"));
        for (i, number) in [second / 3600, second / 60 % 60, second % 60].into_iter().enumerate() {
            text[11 + 3 * i] = b'0' + (number / 10) as u8;
            text[12 + 3 * i] = b'0' + (number % 10) as u8;
        }
        text[13] = b':';
        text[16] = b':';
        out.extend_from_slice(&text);
    }
}

/// A day since 1970-01-01 as `2018-01-31T`. Times are read from texts with years of four digits.
fn first_of(day: i64) -> String {
    let start = chrono::DateTime::from_timestamp(day * (DAY / 1000), 0).unwrap_or_default();
    start.format("%Y-%m-%dT").to_string()
}

/// Writes what stands between the quotes of a JSON string.
fn escape(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut written = 0;
    for (i, &byte) in bytes.iter().enumerate() {
        let short: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0..0x20 => b"",
            _ => continue,
        };
        out.extend_from_slice(&bytes[written..i]);
        written = i + 1;
        if short.is_empty() {
            const HEX: &[u8; 16] = b"0123456789abcdef";
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        } else {
            out.extend_from_slice(short);
        }
    }
    out.extend_from_slice(&bytes[written..]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::columns::{Dialect, Layout};
    use crate::record::Row;
    use crate::source::tests::limits;
    use crate::source::{CsvSource, Source};

    /// The one row of a file in the underscored form, encoded, and read again by serde_json.
    fn encoded(fields: &[String]) -> serde_json::Map<String, serde_json::Value> {
        encoded_shifted(fields, 0)
    }

    fn encoded_shifted(
        fields: &[String],
        shift: i64,
    ) -> serde_json::Map<String, serde_json::Value> {
        let mut file = csv::Writer::from_writer(Vec::new());
        file.write_record(fields).unwrap();
        let file = file.into_inner().unwrap();
        let names = Column::ALL.map(|column| Dialect::Underscored.spelling(column));
        let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        let layout = Layout::of(&names).unwrap();
        let mut source = CsvSource::new(file.as_slice(), &layout, limits(1 << 20), 0, 0, 2);
        let row = source.next().unwrap();
        let Some(Row::Whole(mut record)) = row else { panic!("{row:?}") };
        record.shift = shift;
        record.event_time += shift;
        serde_json::from_slice(Encoder::default().encode(&record)).unwrap()
    }

    fn fields(date: &str, updated_on: &str) -> Vec<String> {
        let mut fields: Vec<String> = (0..COLUMN_COUNT).map(|i| format!("v{i}")).collect();
        fields[Column::Date as usize] = date.to_owned();
        fields[Column::UpdatedOn as usize] = updated_on.to_owned();
        fields
    }

    #[test]
    fn all_columns_are_texts_under_their_underscored_keys() {
        let json = encoded(&fields("01/31/2018 09:05:07 PM", "2018-02-10T15:50:01.000"));
        let keys: Vec<&str> = Column::ALL.into_iter().map(Column::key).collect();
        assert_eq!(json.len(), keys.len());
        for (i, key) in keys.into_iter().enumerate() {
            let expected = match key {
                "Date" => "2018-01-31T21:05:07".to_owned(),
                "Updated_On" => "2018-02-10T15:50:01".to_owned(),
                _ => format!("v{i}"),
            };
            assert_eq!(json[key], expected, "{key}");
        }
    }

    #[test]
    fn a_shifted_record_says_its_new_time() {
        let mut fields = fields("12/31/2018 09:05:07 PM", "01/02/2019 12:00:00 AM");
        fields[Column::Year as usize] = "2018".to_owned();
        let json = encoded_shifted(&fields, 7 * DAY);
        assert_eq!(json["Date"], "2019-01-07T21:05:07");
        assert_eq!(json["Updated_On"], "2019-01-09T00:00:00");
        assert_eq!(json["Year"], "2019");
        fields[Column::Year as usize] = String::new();
        assert_eq!(encoded_shifted(&fields, 7 * DAY)["Year"], "");
    }

    #[test]
    fn an_update_that_is_no_date_stays_as_it_is() {
        for text in ["", "soon", "a \"quoted\" day"] {
            assert_eq!(encoded(&fields("2018-01-31T21:05:07", text))["Updated_On"], text);
        }
    }

    proptest! {
        #[test]
        fn texts_come_out_as_they_were(texts in proptest::collection::vec(any::<String>(), COLUMN_COUNT)) {
            let mut fields = texts;
            fields[Column::Date as usize] = "2018-01-31T21:05:07".to_owned();
            fields[Column::UpdatedOn as usize] = String::new();
            let json = encoded(&fields);
            for column in Column::ALL {
                let expected = match column {
                    Column::Date => "2018-01-31T21:05:07",
                    _ => fields[column as usize].as_str(),
                };
                prop_assert_eq!(&json[column.key()], expected);
            }
        }

        #[test]
        fn days_do_not_leak_into_each_other(times in proptest::collection::vec(0_i64..4_000_000_000, 1..20)) {
            let mut cache = DayCache::default();
            for second in times {
                let mut ours = Vec::new();
                cache.write(second * 1000, &mut ours);
                let theirs = chrono::DateTime::from_timestamp(second, 0).unwrap();
                let theirs = theirs.format("%Y-%m-%dT%H:%M:%S").to_string();
                prop_assert_eq!(String::from_utf8(ours).unwrap(), theirs);
            }
        }
    }
}
