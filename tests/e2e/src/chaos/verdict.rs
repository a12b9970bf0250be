//! All that the job left, against the brute-force key of all that is on the topic.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use chrono::NaiveDateTime;

use super::stream::{Sent, digest};
use crate::harness::{Case, differences};
use crate::oracle::{AnomalyKey, Answer, Document, Row, answer, judge, read_json};

/// The job's threshold unless it is told another.
const THRESHOLD: i64 = 14;
/// What Elasticsearch takes as one term, in bytes.
const LONGEST_TERM: usize = 32_766;
/// What PostgreSQL takes as one key, in bytes, if it does not compress.
const LONGEST_KEY: usize = 2_704;

/// Values that come from no file, with the reasons for which they must be refused; none if they must be counted.
pub(super) type Hostile = BTreeMap<Vec<u8>, Option<&'static str>>;

/// How much was compared, and what is wrong of it.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    pub(super) records: usize,
    /// records that are on the topic more often than they were sent: a broker that dies between writing a batch and
    /// acknowledging it has forgotten that it has it (docs/producer.md)
    pub(super) repeated: i64,
    pub(super) rows: usize,
    pub(super) documents: usize,
    pub(super) dead_letters: usize,
    pub(super) by_reason: BTreeMap<String, usize>,
    /// a line for each row, document or dead letter that is missing, too much or different
    pub(super) wrong: Vec<String>,
}

impl Verdict {
    /// Compares everything.
    pub(super) fn of(case: &Case<'_>, sent: &Sent, hostile: &Hostile) -> Result<Self> {
        let topics = case.stack.topics()?;
        let mut verdict = Self::default();
        let mut rows: Vec<Row> = Vec::new();
        let mut rejects = BTreeMap::new();
        let mut arrived = Sent::new();
        for record in topics.read(&case.topic)? {
            verdict.records += 1;
            let value = record.value.unwrap_or_default();
            let place = (case.topic.clone(), record.partition, record.offset);
            let stranger = hostile.get(&value);
            if let Some(Some(reason)) = stranger {
                rejects.insert(place, (*reason).to_owned());
                continue;
            }
            let row = read_json(&value).with_context(|| format!("record {place:?}"))?;
            if stranger.is_none() {
                *arrived.entry(digest(&row)).or_default() += 1;
            }
            if let Some(reason) = judge(&row).reject {
                rejects.insert(place, reason.name().to_owned());
            }
            rows.push(row);
        }
        let found: Vec<_> = rejects.values().collect();
        let untried =
            hostile.values().flatten().find(|reason| !found.iter().any(|it| it == reason));
        ensure!(untried.is_none(), "no record was to be refused as {}", untried.unwrap_or(&""));
        let lost = differences(sent, &arrived, |sent, arrived| arrived >= sent);
        verdict.add("records by digest", &lost);
        verdict.repeated = arrived.values().sum::<i64>() - sent.values().sum::<i64>();

        let mut key = answer(&rows, THRESHOLD);
        drop(rows);
        let (documents, refused) = key
            .documents
            .into_iter()
            .partition(|(_, versions): &(u64, Vec<Document>)| fits(versions));
        key.documents = documents;
        let short = |((kind, ..), _): &(AnomalyKey, i64)| kind.len() <= LONGEST_KEY;
        let (anomalies, too_long) = key.anomalies.into_iter().partition(short);
        key.anomalies = anomalies;
        verdict.tables_and_index(case, &key)?;
        verdict.letters(case, rejects, &refused, &too_long)?;
        Ok(verdict)
    }

    fn tables_and_index(&mut self, case: &Case<'_>, key: &Answer) -> Result<()> {
        let mut tables = case.stack.tables()?;
        let totals = tables.totals()?;
        self.add("crime_per_district_day", &differences(&key.totals, &totals, PartialEq::eq));
        let anomalies = tables.anomalies()?;
        self.add("crimes_anomaly", &differences(&key.anomalies, &anomalies, PartialEq::eq));
        let documents = case.stack.index(&case.index)?.documents()?;
        // of several newest versions of a crime any may be on the map
        let wrong = differences(&key.documents, &documents, |any, found| any.contains(found));
        self.add(&case.index, &wrong);
        self.rows = key.totals.len() + key.anomalies.len();
        self.documents = key.documents.len();
        Ok(())
    }

    /// Records by reason and place; documents and rows that their servers refuse by their keys.
    fn letters(
        &mut self,
        case: &Case<'_>,
        rejects: BTreeMap<Place, String>,
        documents: &BTreeMap<u64, Vec<Document>>,
        rows: &BTreeMap<AnomalyKey, i64>,
    ) -> Result<()> {
        let (mut records, mut refused) = (BTreeMap::new(), BTreeMap::new());
        let mut refused_rows = BTreeMap::new();
        for letter in case.stack.topics()?.read(&case.rejected)? {
            let header = |name: &str| letter.headers.get(name).map(String::as_str);
            let reason = header("reason").context("a dead letter without a reason")?.to_owned();
            let key = letter.key.as_deref().context("a dead letter without a key")?;
            if header("source-topic").is_some() {
                let (rest, offset) = key.rsplit_once('/').context("no offset in a place")?;
                let (topic, partition) = rest.rsplit_once('/').context("no partition")?;
                records.insert((topic.to_owned(), partition.parse()?, offset.parse()?), reason);
            } else if header("index").is_some() {
                let (_, id) = key.rsplit_once('/').context("no id in a place")?;
                refused.insert(id.parse()?, reason);
            } else {
                let value = letter.value.as_deref().context("a refused row without its values")?;
                let (key, count) = row(value).with_context(|| format!("dead letter {key}"))?;
                refused_rows.insert(key, count);
            }
        }
        for reason in records.values().chain(refused.values()) {
            *self.by_reason.entry(reason.clone()).or_default() += 1;
        }
        self.dead_letters = records.len() + refused.len() + refused_rows.len();
        self.add(&case.rejected, &differences(&rejects, &records, PartialEq::eq));
        self.add("refused documents", &differences(documents, &refused, |_, _| true));
        self.add("refused rows", &differences(rows, &refused_rows, PartialEq::eq));
        let late = case.stack.topics()?.dead_letters(&case.late)?;
        let none = BTreeMap::<Place, ()>::new();
        let late = late.into_iter().map(|letter| (letter.place, letter.late_for)).collect();
        self.add(&case.late, &differences(&none, &late, |_, _| false));
        Ok(())
    }

    fn add(&mut self, what: &str, wrong: &[String]) {
        self.wrong.extend(wrong.iter().map(|line| format!("{what}: {line}")));
    }
}

/// Topic, partition and offset.
type Place = (String, i32, i64);

/// Whether Elasticsearch takes it.
fn fits(versions: &[Document]) -> bool {
    versions.iter().all(|version| version.description.len() <= LONGEST_TERM)
}

/// A row of `crimes_anomaly` as a dead letter has it.
fn row(value: &[u8]) -> Result<(AnomalyKey, i64)> {
    let row: serde_json::Value = serde_json::from_slice(value)?;
    let text = |name: &str| row[name].as_str().with_context(|| format!("{name} is no text"));
    let number = |name: &str| row[name].as_i64().with_context(|| format!("{name} is no number"));
    let start = text("window_start")?;
    let start = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(start, format).ok())
        .with_context(|| format!("window_start is {start}"))?;
    let key = (text("primary_type")?.to_owned(), u16::try_from(number("district")?)?, start);
    Ok((key, number("total_crimes")?))
}
