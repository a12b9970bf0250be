//! Any bytes are an error or one set, and sets are merged by the laws that windows rely on.

use crate::anomaly::Rule;
use crate::crime_set::{Corrupt, Crime, CrimeSet};
use crate::totals::totals;
use std::collections::BTreeMap;

/// Takes bytes from a savepoint: three accumulators, of which the first two bytes say where the first two end.
///
/// # Panics
/// Where something does not hold.
pub fn crime_set(bytes: &[u8]) {
    let Some((ends, bytes)) = bytes.split_first_chunk::<2>() else { return };
    let mut rest = bytes;
    let mut part = |length: u8| {
        let (part, left) = rest.split_at(usize::from(length).min(rest.len()));
        rest = left;
        part
    };
    let parts = [part(ends[0]), part(ends[1]), rest];
    let sets = parts.map(|part| match CrimeSet::merge([part]) {
        Ok(set) => {
            assert_eq!(encoded(&set), part, "an encoding is unique");
            assert!(set.crimes().is_sorted_by(|a, b| a.id < b.id), "a crime is in it once");
            Some(part)
        }
        Err(Corrupt { at }) => {
            assert!(at <= part.len(), "the fault is in the bytes");
            None
        }
    });
    let whole = Vec::from_iter(sets.iter().flatten().copied());
    assert_eq!(CrimeSet::merge(parts).is_ok(), whole.len() == parts.len());
    laws(&whole);
    rows(bytes, &whole);
    of_crimes(bytes);
}

/// Against a map of crimes, which knows no encoding.
fn laws(sets: &[&[u8]]) {
    let mut newest: BTreeMap<u64, (u64, u8)> = BTreeMap::new();
    for set in sets {
        merged(&[set]).crimes().iter().for_each(|crime| join(&mut newest, *crime));
    }
    let all = merged(sets);
    assert_eq!(all.crimes(), crimes(newest));
    let mut backward = sets.to_vec();
    backward.reverse();
    assert_eq!(merged(&backward), all, "commutative");
    let one_by_one = sets.iter().fold(Vec::new(), |all, set| encoded(&merged(&[&all, set])));
    assert_eq!(one_by_one, encoded(&all), "associative");
    assert_eq!(merged(&[&one_by_one, &one_by_one]), all, "idempotent");
    assert_eq!(merged(&[&one_by_one]), all, "decoding undoes encoding");
}

/// Rows of windows count the same crimes; keys are any bytes.
fn rows(bytes: &[u8], sets: &[&[u8]]) {
    let key = bytes.get(..bytes.len().min(8)).unwrap_or_default();
    let count = merged(sets).crimes().len() as u64;
    match totals(key, sets.iter().copied()) {
        Ok(totals) => {
            assert!(key.len() == 2 && totals.total == count);
            assert!(totals.domestic <= count && totals.arrests <= count);
        }
        Err(_) => assert!(key.len() != 2),
    }
    let rule = Rule { threshold: 1, ..Rule::default() };
    match rule.anomaly(key, sets.iter().copied()) {
        Ok(anomaly) => {
            assert_eq!(anomaly.map_or(0, |it| it.total), if count > 1 { count } else { 0 })
        }
        Err(_) => assert!(key.len() < 2 || std::str::from_utf8(&key[2..]).is_err()),
    }
}

/// The bytes as crimes in any order, with few IDs, so that many versions of one meet.
fn of_crimes(bytes: &[u8]) {
    let (triples, _) = bytes.as_chunks::<3>();
    let given = triples.iter().map(|&[id, updated, flags]| Crime {
        // far apart, so that steps have all lengths
        id: u64::from(id % 16) << (id / 16 * 4),
        updated: u64::from(updated),
        flags,
    });
    let mut newest = BTreeMap::new();
    given.clone().for_each(|crime| join(&mut newest, crime));
    let set = CrimeSet::of(given.collect());
    assert_eq!(set.crimes(), crimes(newest));
    assert_eq!(merged(&[&encoded(&set)]), set);
}

fn join(newest: &mut BTreeMap<u64, (u64, u8)>, crime: Crime) {
    let known = newest.entry(crime.id).or_insert((crime.updated, 0));
    if crime.updated > known.0 {
        *known = (crime.updated, 0);
    }
    if crime.updated == known.0 {
        known.1 |= crime.flags;
    }
}

fn crimes(newest: BTreeMap<u64, (u64, u8)>) -> Vec<Crime> {
    let crime = |(id, (updated, flags))| Crime { id, updated, flags };
    newest.into_iter().map(crime).collect()
}

fn merged(sets: &[&[u8]]) -> CrimeSet {
    match CrimeSet::merge(sets.iter().copied()) {
        Ok(set) => set,
        Err(corrupt) => panic!("sets that are none when they are merged: {corrupt}"),
    }
}

fn encoded(set: &CrimeSet) -> Vec<u8> {
    let mut bytes = Vec::new();
    set.encode(&mut bytes);
    bytes
}
