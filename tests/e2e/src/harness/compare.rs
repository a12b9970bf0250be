//! What is there against what must be there, row by row.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write};

use anyhow::{Context, Result, bail};

use super::{Case, Received};
use crate::oracle::{Answer, Reason, judge, read_json};

const SHOWN: usize = 5;

/// Checks that two maps are equal.
///
/// # Errors
/// With the first few entries that are missing, not expected or different.
pub fn same<K: Ord + Debug, V: PartialEq + Debug>(
    what: &str,
    expected: &BTreeMap<K, V>,
    actual: &BTreeMap<K, V>,
) -> Result<()> {
    told(what, expected.len(), &differences(expected, actual, PartialEq::eq))
}

/// One line for each entry that is missing, not expected or different.
pub fn differences<K: Ord + Debug, E: Debug, A: Debug>(
    expected: &BTreeMap<K, E>,
    actual: &BTreeMap<K, A>,
    agree: impl Fn(&E, &A) -> bool,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for (key, value) in expected {
        match actual.get(key) {
            None => wrong.push(format!("missing    {key:?}: {value:?}")),
            Some(other) if !agree(value, other) => {
                wrong.push(format!("different  {key:?}: expected {value:?}, found {other:?}"));
            }
            Some(_) => {}
        }
    }
    for (key, value) in actual {
        if !expected.contains_key(key) {
            wrong.push(format!("too much   {key:?}: {value:?}"));
        }
    }
    wrong
}

fn told(what: &str, expected: usize, wrong: &[String]) -> Result<()> {
    if wrong.is_empty() {
        return Ok(());
    }
    let mut text = format!("{what}: {} of {expected} entries wrong", wrong.len());
    for line in wrong.iter().take(SHOWN) {
        write!(text, "\n  {line}")?;
    }
    bail!(text)
}

/// The parts of an answer, each against what a case left.
pub trait Compare {
    /// Both tables.
    ///
    /// # Errors
    /// If a row is missing, too much or different.
    fn tables(&self, case: &Case<'_>) -> Result<()>;
    /// Every document.
    ///
    /// # Errors
    /// If a document is missing, too much or different.
    fn documents(&self, case: &Case<'_>) -> Result<()>;
    /// Each reject with its reason and place, no late record, and as many records in the topic as in the file.
    ///
    /// # Errors
    /// If one is missing, too much or different.
    fn counts(&self, case: &Case<'_>) -> Result<()>;
    /// All of these.
    ///
    /// # Errors
    /// See there.
    fn all(&self, case: &Case<'_>) -> Result<()> {
        self.tables(case)?;
        self.documents(case)?;
        self.counts(case)
    }
}

impl Compare for Answer {
    fn tables(&self, case: &Case<'_>) -> Result<()> {
        let mut tables = case.stack.tables()?;
        same("crime_per_district_day", &self.totals, &tables.totals()?)?;
        same("crimes_anomaly", &self.anomalies, &tables.anomalies()?)
    }

    fn documents(&self, case: &Case<'_>) -> Result<()> {
        let actual =
            case.stack.index(&case.index)?.documents().with_context(|| case.index.clone())?;
        // of several newest versions of a crime any may be on the map
        let wrong = differences(&self.documents, &actual, |any, found| any.contains(found));
        told(&case.index, self.documents.len(), &wrong)
    }

    fn counts(&self, case: &Case<'_>) -> Result<()> {
        let topics = case.stack.topics()?;
        let sent = topics.count(&case.topic)?;
        if sent != i64::try_from(self.records)? {
            bail!("{} has {sent} records, the file {}", case.topic, self.records);
        }
        let judged = topics.read(&case.topic)?;
        let rejects =
            judged.iter().filter_map(|record| Some((place(case, record), reject(record)?)));
        let expected: BTreeMap<_, _> = rejects.collect();
        let mut reasons: BTreeMap<Reason, usize> = BTreeMap::new();
        for reason in expected.values() {
            *reasons.entry(*reason).or_default() += 1;
        }
        same("rejects of the topic's records and of the file's rows", &self.rejects, &reasons)?;
        let expected =
            expected.into_iter().map(|(place, reason)| (place, reason.name().to_owned()));
        let letters = topics.dead_letters(&case.rejected)?;
        let letters = letters.into_iter().map(|letter| (letter.place, letter.reason));
        same(&case.rejected, &expected.collect(), &letters.collect())?;
        let late = topics.dead_letters(&case.late)?;
        if !late.is_empty() {
            bail!("{} has {} records, such as {:?}", case.late, late.len(), late[0]);
        }
        Ok(())
    }
}

fn place(case: &Case<'_>, record: &Received) -> (String, i32, i64) {
    (case.topic.clone(), record.partition, record.offset)
}

/// Why no window counts a record; none if windows do, or if it is no row at all.
fn reject(record: &Received) -> Option<Reason> {
    judge(&read_json(record.value.as_deref()?).ok()?).reject
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_maps_are_the_same() {
        let map = BTreeMap::from([(1, "a")]);
        assert!(same("x", &map, &map.clone()).is_ok());
    }

    #[test]
    fn every_kind_of_difference_is_told() {
        let expected = BTreeMap::from([(1, "a"), (2, "b"), (3, "c")]);
        let actual = BTreeMap::from([(1, "a"), (2, "B"), (4, "d")]);
        let error = same("x", &expected, &actual).unwrap_err().to_string();
        assert!(error.starts_with("x: 3 of 3 entries wrong"), "{error}");
        for part in ["different  2: expected \"b\", found \"B\"", "missing    3", "too much   4"] {
            assert!(error.contains(part), "{part} in {error}");
        }
    }
}
