//! A case as its files say it.

use std::collections::BTreeMap;
use std::path::Path;

/// What comes of a case. Rows are lines of the files.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Outcome {
    /// Of each aggregate.
    pub(super) rows: [Vec<String>; 2],
    /// Line of the input and reason.
    pub(super) rejects: Vec<(usize, String)>,
    /// Line of the input, and the aggregates that it is late for.
    pub(super) late: Vec<(usize, String)>,
    /// Newest version and body by ID.
    documents: BTreeMap<String, (i64, serde_json::Value)>,
}

impl Outcome {
    /// Takes a document as the index does: a version that is no greater than the one that is there changes nothing.
    pub(super) fn document(&mut self, id: String, version: i64, body: &str) {
        let is_newer = self.documents.get(&id).is_none_or(|(there, _)| version > *there);
        if is_newer {
            self.documents.insert(id, (version, serde_json::from_str(body).unwrap()));
        }
    }

    pub(super) fn sorted(mut self) -> Self {
        self.rows.iter_mut().for_each(|rows| rows.sort());
        self
    }
}

pub(super) struct Case {
    pub(super) name: String,
    pub(super) input: String,
    pub(super) expected: Outcome,
}

impl Case {
    pub(super) fn read(folder: &Path) -> Self {
        let file = |name: &str| {
            let path = folder.join(name);
            std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        };
        let table = |name: &str, header: &str| {
            let text = file(name);
            let mut lines = text.lines();
            assert_eq!(lines.next(), Some(header), "{}/{name}", folder.display());
            Vec::from_iter(lines.map(str::to_owned))
        };
        let numbered = |line: String| {
            let (number, rest) = line.split_once(',').unwrap();
            (number.parse().unwrap(), rest.to_owned())
        };
        assert!(file("about.md").starts_with("# "));
        let mut expected = Outcome {
            rows: [
                table("totals.csv", "district,window_start,total_crimes,domestic_crimes,arrests"),
                table("anomalies.csv", "primary_type,district,window_start,total_crimes"),
            ],
            rejects: table("rejects.csv", "line,reason").into_iter().map(numbered).collect(),
            late: table("late.csv", "line,late_for").into_iter().map(numbered).collect(),
            documents: BTreeMap::new(),
        };
        for line in file("documents.jsonl").lines() {
            let document: serde_json::Value = serde_json::from_str(line).unwrap();
            let id = document["id"].as_str().unwrap().to_owned();
            let version = document["version"].as_i64().unwrap();
            expected.documents.insert(id, (version, document["body"].clone()));
        }
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        Self { name, input: file("input.jsonl"), expected: expected.sorted() }
    }
}

/// The watermark that a line sets, if it sets one. ms, wall clock.
pub(super) fn watermark(line: &str) -> Option<i64> {
    let time = line.strip_prefix(r#"{"watermark":""#)?.strip_suffix(r#""}"#)?;
    Some(crime_core::date::parse(time).unwrap())
}

/// A wall-clock time as the files write it.
pub(super) fn time(millis: i64) -> String {
    let (days, seconds) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000) / 1000);
    // by counting, so that it shares nothing with the logic
    let (mut year, mut left) = (1970, days);
    let leap = |y: i64| y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    let length = |y| if leap(y) { 366 } else { 365 };
    while left >= length(year) {
        left -= length(year);
        year += 1;
    }
    let february = if leap(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}", left + 1)
}
