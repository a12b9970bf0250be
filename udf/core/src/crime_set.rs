//! Accumulators: sets of crimes.
//!
//! A set holds a crime once, whatever the number of times that its record was delivered; of two versions of a record the
//! one that the city corrected later holds. So merging is associative, commutative and idempotent, and a window's
//! result does not depend on order, on batching, or on a producer or a recovery sending a record again.
//!
//! Encoding: for each crime in ascending order of its ID three LEB128 numbers: the ID less the one before it, the time of
//! the correction (ms, wall clock), the flags.

use std::fmt;

/// A crime as far as windows know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Crime {
    /// The crime's ID.
    pub id: u64,
    /// When the record was corrected. ms, wall clock; 0 where unknown.
    pub updated: u64,
    /// Bits as in [`crate::events`].
    pub flags: u8,
}

impl Crime {
    /// Which of two versions of the same crime holds: the later; of two at the same time both flags.
    fn join(self, other: Self) -> Self {
        match self.updated.cmp(&other.updated) {
            std::cmp::Ordering::Less => other,
            std::cmp::Ordering::Greater => self,
            std::cmp::Ordering::Equal => Self { flags: self.flags | other.flags, ..self },
        }
    }
}

/// Bytes that are no set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrupt {
    /// Where in the bytes the fault was found.
    pub at: usize,
}

impl fmt::Display for Corrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "accumulator is corrupt at byte {}", self.at)
    }
}

impl std::error::Error for Corrupt {}

/// Crimes, each once, in ascending order of ID.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrimeSet(Vec<Crime>);

impl CrimeSet {
    /// The set of some crimes, in any order and with repetitions.
    #[must_use]
    pub fn of(mut crimes: Vec<Crime>) -> Self {
        crimes.sort_unstable();
        crimes.dedup_by(|later, kept| {
            let same = later.id == kept.id;
            if same {
                *kept = kept.join(*later);
            }
            same
        });
        Self(crimes)
    }

    /// The crimes in ascending order of ID.
    #[must_use]
    pub fn crimes(&self) -> &[Crime] {
        &self.0
    }

    /// The union of encoded sets.
    ///
    /// # Errors
    /// [`Corrupt`] where one of them is no set.
    pub fn merge<'a>(encoded: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, Corrupt> {
        let mut crimes = Vec::new();
        for set in encoded {
            decode_into(set, &mut crimes)?;
        }
        Ok(Self::of(crimes))
    }

    /// Appends the set's encoding.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let mut before = 0;
        for crime in &self.0 {
            write(out, crime.id - before);
            write(out, crime.updated);
            write(out, u64::from(crime.flags));
            before = crime.id;
        }
    }
}

fn decode_into(bytes: &[u8], crimes: &mut Vec<Crime>) -> Result<(), Corrupt> {
    let mut at = 0;
    let mut before: Option<u64> = None;
    while at < bytes.len() {
        let start = at;
        let corrupt = Corrupt { at: start };
        let step = read(bytes, &mut at)?;
        if before.is_some() && step == 0 {
            return Err(corrupt);
        }
        let id = before.unwrap_or(0).checked_add(step).ok_or(corrupt)?;
        let updated = read(bytes, &mut at)?;
        let flags = u8::try_from(read(bytes, &mut at)?).map_err(|_| corrupt)?;
        crimes.push(Crime { id, updated, flags });
        before = Some(id);
    }
    Ok(())
}

/// Appends one unsigned LEB128 number.
fn write(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push((n & 0x7f) as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// Reads one unsigned LEB128 number in its shortest form.
fn read(bytes: &[u8], at: &mut usize) -> Result<u64, Corrupt> {
    let start = *at;
    let mut n = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(*at).ok_or(Corrupt { at: start })?;
        *at += 1;
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 || shift > 0 && byte == 0 {
            break;
        }
        n |= bits << shift;
        if byte & 0x80 == 0 {
            return Ok(n);
        }
    }
    Err(Corrupt { at: start })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn encoded(set: &CrimeSet) -> Vec<u8> {
        let mut out = Vec::new();
        set.encode(&mut out);
        out
    }

    fn crimes() -> impl Strategy<Value = Vec<Crime>> {
        let id = prop_oneof![0_u64..8, any::<u64>()];
        let crime =
            (id, 0_u64..3, 0_u8..4).prop_map(|(id, updated, flags)| Crime { id, updated, flags });
        proptest::collection::vec(crime, 0..20)
    }

    fn merge(sets: &[&[u8]]) -> Vec<u8> {
        encoded(&CrimeSet::merge(sets.iter().copied()).unwrap())
    }

    proptest! {
        #[test]
        fn merging_is_a_union(a in crimes(), b in crimes(), c in crimes()) {
            let [a, b, c] = [a, b, c].map(|crimes| encoded(&CrimeSet::of(crimes)));
            prop_assert_eq!(merge(&[&a, &b]), merge(&[&b, &a]), "commutative");
            prop_assert_eq!(merge(&[&merge(&[&a, &b]), &c]), merge(&[&a, &merge(&[&b, &c])]), "associative");
            prop_assert_eq!(merge(&[&a, &a]), a.clone(), "idempotent");
            prop_assert_eq!(merge(&[&a, &[]]), a.clone(), "nothing is neutral");
            prop_assert_eq!(merge(&[&a]), a, "one set is itself");
        }

        #[test]
        fn holds_the_latest_version_of_each(all in crimes()) {
            let mut want: BTreeMap<u64, (u64, u8)> = BTreeMap::new();
            for c in &all {
                let newest = all.iter().filter(|o| o.id == c.id).map(|o| o.updated).max().unwrap();
                let flags = all.iter().filter(|o| o.id == c.id && o.updated == newest).fold(0, |f, o| f | o.flags);
                want.insert(c.id, (newest, flags));
            }
            let got: BTreeMap<u64, (u64, u8)> = CrimeSet::of(all).crimes().iter().map(|c| (c.id, (c.updated, c.flags))).collect();
            prop_assert_eq!(got, want);
        }

        #[test]
        fn decoding_undoes_encoding(all in crimes()) {
            let set = CrimeSet::of(all);
            prop_assert_eq!(CrimeSet::merge([encoded(&set).as_slice()]).unwrap(), set);
        }

        #[test]
        fn any_bytes_are_a_set_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            if let Ok(set) = CrimeSet::merge([bytes.as_slice()]) {
                prop_assert_eq!(encoded(&set), bytes, "an encoding is unique");
            }
        }
    }
}
