//! One dead letter, as the job writes it (ADR 7).

use std::collections::HashMap;

use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};

use super::{RESENT_TO, told};

/// A dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Letter {
    /// topic and partition that it is in
    pub(super) topic: String,
    pub(super) partition: i32,
    /// `topic/partition/offset` of a record, something else for what no record stands for
    pub(super) key: String,
    /// null stays none
    pub(super) value: Option<Vec<u8>>,
    /// as they came; nothing in them is trusted
    pub(super) headers: Vec<(String, String)>,
    /// when it was sent, ms since 1970; none where Kafka does not say
    pub(super) sent: Option<i64>,
    /// where it was sent back to, the last time
    pub(super) resent_to: Option<String>,
}

/// Where a record was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Source {
    pub(super) topic: String,
    pub(super) partition: i32,
    pub(super) offset: i64,
    /// the record's own time; none where it had none
    pub(super) timestamp: Option<i64>,
}

impl Letter {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn reason(&self) -> &str {
        self.header("reason").unwrap_or("no reason")
    }

    /// The component that trapped on it, or the aggregates for which it came too late.
    pub(super) fn component(&self) -> &str {
        self.header("component").or_else(|| self.header("late-for")).unwrap_or_default()
    }

    pub(super) fn is_late(&self) -> bool {
        self.header("late-for").is_some()
    }

    /// Whether this is its key, as it is or as it is shown.
    pub(super) fn is(&self, key: &str) -> bool {
        self.key == key || told::text(&self.key) == key
    }

    /// None for what no record stands for, such as a row that Postgres refused.
    pub(super) fn source(&self) -> Option<Source> {
        Some(Source {
            topic: self.header("source-topic")?.to_owned(),
            partition: self.header("source-partition")?.parse().ok()?,
            offset: self.header("source-offset")?.parse().ok()?,
            timestamp: self
                .header("source-timestamp")
                .and_then(|text| text.parse().ok())
                .filter(|&timestamp| timestamp >= 0),
        })
    }

    /// The length of the value before it was cut to what the topic takes.
    pub(super) fn cut_from(&self) -> Option<&str> {
        self.header("cut-from-bytes")
    }
}

/// Letters as they are read: the same one can come again, after a recovery or a second run.
#[derive(Debug, Default)]
pub(super) struct Letters {
    letters: Vec<Letter>,
    known: HashMap<(String, String), usize>,
    /// by topic and key
    resent: HashMap<(String, String), String>,
}

impl Letters {
    pub(super) fn take(&mut self, message: &BorrowedMessage<'_>) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let headers: Vec<(String, String)> = message
            .headers()
            .map(|headers| {
                headers
                    .iter()
                    .map(|it| (it.key.to_owned(), text(it.value.unwrap_or_default())))
                    .collect()
            })
            .unwrap_or_default();
        let key = text(message.key().unwrap_or_default());
        let name = (message.topic().to_owned(), key.clone());
        if let Some((_, to)) = headers.iter().find(|(key, _)| key == RESENT_TO) {
            self.resent.insert(name, to.clone());
            return;
        }
        let letter = Letter {
            topic: message.topic().to_owned(),
            partition: message.partition(),
            key,
            value: message.payload().map(<[u8]>::to_vec),
            headers,
            sent: message.timestamp().to_millis(),
            resent_to: None,
        };
        match self.known.get(&name) {
            // what was found last is told
            Some(&index) => self.letters[index] = letter,
            None => {
                self.known.insert(name, self.letters.len());
                self.letters.push(letter);
            }
        }
    }

    /// In the order of sending.
    pub(super) fn all(mut self) -> Vec<Letter> {
        for letter in &mut self.letters {
            let name = (letter.topic.clone(), letter.key.clone());
            letter.resent_to = self.resent.remove(&name);
        }
        self.letters.sort_by(|one, other| (one.sent, &one.key).cmp(&(other.sent, &other.key)));
        self.letters
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A letter with these headers.
    pub(in super::super) fn letter(key: &str, headers: &[(&str, &str)]) -> Letter {
        Letter {
            topic: "crime.rejected".to_owned(),
            partition: 0,
            key: key.to_owned(),
            value: Some(b"{}".to_vec()),
            headers: headers
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
            sent: Some(1_514_808_000_000),
            resent_to: None,
        }
    }

    /// One of each kind that no record stands for, as the job writes them.
    pub(in super::super) fn of_no_record() -> [Letter; 4] {
        let of = |key: &str, value: &str, headers: &[(&str, &str)]| Letter {
            value: Some(value.as_bytes().to_vec()),
            ..letter(key, headers)
        };
        let row = of(
            "crime_per_district_day/25/2018-01-01T00:00",
            r#"{"district":25,"window_start":"2018-01-01T00:00","total_crimes":20}"#,
            &[
                ("reason", "refused-by-postgres"),
                ("detail", "violates check constraint \"test\""),
                ("component", "totals"),
                ("table", "crime_per_district_day"),
            ],
        );
        let document = of(
            "crime_locations/7",
            r#"{"id":7,"description":"x"}"#,
            &[
                ("reason", "refused-by-elasticsearch"),
                ("detail", "Document contains at least one immense term"),
                ("component", "decoder"),
                ("index", "crime_locations"),
            ],
        );
        let window = of(
            "totals/2018-01-01T00:00/0700",
            r#"{"aggregate":"totals","key":"0700","window_start":"2018-01-01T00:00","window_end":"2018-01-02T00:00"}"#,
            &[
                ("reason", "window"),
                ("detail", "the component says: no such district"),
                ("component", "totals"),
                ("window-end", "2018-01-02T00:00"),
                ("window-start", "2018-01-01T00:00"),
            ],
        );
        let late = Letter {
            topic: "crime.late".to_owned(),
            ..of(
                "late-at-window/anomaly/9c8ec5b4-6e7f-3d0e-8d55-6d3c3a1f9b0a",
                r#"{"aggregate":"anomaly","slice-start":"2018-01-01T00:30","weight":3,"key":"BwA=","partial":"Aw=="}"#,
                &[
                    ("reason", "late-at-window"),
                    (
                        "detail",
                        "the last window of its slice, which ends at 2018-01-01T05:30, was over",
                    ),
                    ("late-for", "anomaly"),
                    ("slice-start", "2018-01-01T00:30"),
                    ("weight", "3"),
                ],
            )
        };
        [row, document, window, late]
    }

    #[test]
    fn what_is_no_record_has_no_place_but_a_reason_and_a_component() {
        let told: Vec<_> = of_no_record()
            .iter()
            .map(|it| (it.reason().to_owned(), it.component().to_owned(), it.source()))
            .collect();
        let wanted = [
            ("refused-by-postgres", "totals"),
            ("refused-by-elasticsearch", "decoder"),
            ("window", "totals"),
            ("late-at-window", "anomaly"),
        ]
        .map(|(reason, component)| (reason.to_owned(), component.to_owned(), None));
        assert_eq!(told, wanted);
    }

    #[test]
    fn a_letter_is_found_by_the_key_that_is_shown() {
        let one = letter("crimes_anomaly/A\nB/7", &[]);
        assert!(one.is("crimes_anomaly/A\nB/7") && one.is("crimes_anomaly/A\\nB/7"));
        assert!(!one.is("crimes_anomaly/A"));
    }

    #[test]
    fn a_record_has_a_place() {
        let record = letter(
            "crime/2/7",
            &[
                ("reason", "trap"),
                ("component", "totals"),
                ("source-topic", "crime"),
                ("source-partition", "2"),
                ("source-offset", "7"),
                ("source-timestamp", "-1"),
            ],
        );
        let source = record.source().unwrap();
        assert_eq!((source.topic.as_str(), source.partition, source.offset), ("crime", 2, 7));
        assert_eq!(source.timestamp, None);
        assert_eq!((record.reason(), record.component()), ("trap", "totals"));
    }
}
