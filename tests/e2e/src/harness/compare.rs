//! What is there against what must be there, row by row.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write};

use anyhow::{Context, Result, bail};

use super::Case;
use crate::oracle::{Answer, Document};

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
    differences(what, expected, actual, PartialEq::eq)
}

fn differences<K: Ord + Debug, E: Debug, A: Debug>(
    what: &str,
    expected: &BTreeMap<K, E>,
    actual: &BTreeMap<K, A>,
    agree: impl Fn(&E, &A) -> bool,
) -> Result<()> {
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
    if wrong.is_empty() {
        return Ok(());
    }
    let mut text = format!("{what}: {} of {} entries wrong", wrong.len(), expected.len());
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
    /// Rejects by reason, no late record, and as many records in the topic as in the file.
    ///
    /// # Errors
    /// If a number differs.
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
        let one_of = |versions: &Vec<Document>, found: &Document| versions.contains(found);
        differences(&case.index, &self.documents, &actual, one_of)
    }

    fn counts(&self, case: &Case<'_>) -> Result<()> {
        let topics = case.stack.topics()?;
        let sent = topics.count(&case.topic)?;
        if sent != i64::try_from(self.records)? {
            bail!("{} has {sent} records, the file {}", case.topic, self.records);
        }
        let mut rejects: BTreeMap<String, usize> = BTreeMap::new();
        for letter in topics.dead_letters(&case.rejected)? {
            *rejects.entry(letter.reason).or_default() += 1;
        }
        let expected =
            self.rejects.iter().map(|(reason, count)| (reason.name().to_owned(), *count)).collect();
        same(&case.rejected, &expected, &rejects)?;
        let late = topics.dead_letters(&case.late)?;
        if !late.is_empty() {
            bail!("{} has {} records, such as {:?}", case.late, late.len(), late[0]);
        }
        Ok(())
    }
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
