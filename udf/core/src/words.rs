//! Short byte strings, eight bytes at a time and without loops where they are short: WASM has no instruction that compares
//! memory, and in a component every turn of a loop also looks at the clock that interrupts it.

fn word(bytes: &[u8], at: usize) -> u64 {
    match bytes.get(at..).and_then(<[u8]>::first_chunk) {
        Some(eight) => u64::from_le_bytes(*eight),
        None => 0,
    }
}

fn half(bytes: &[u8], at: usize) -> u64 {
    match bytes.get(at..).and_then(<[u8]>::first_chunk) {
        Some(four) => u64::from(u32::from_le_bytes(*four)),
        None => 0,
    }
}

/// The bytes of a string of at most 16 in two words, which overlap where it is shorter. Strings of one length have the
/// same words if and only if they are equal.
fn ends(bytes: &[u8]) -> (u64, u64) {
    match bytes.len() {
        8.. => (word(bytes, 0), word(bytes, bytes.len() - 8)),
        n @ 4..8 => (half(bytes, 0), half(bytes, n - 4)),
        n @ 1..4 => (u64::from(bytes[0]), u64::from(bytes[n / 2]) << 8 | u64::from(bytes[n - 1])),
        0 => (0, 0),
    }
}

/// Whether two byte strings are equal.
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() || ends(a) != ends(b) {
        return false;
    }
    // the first eight and the last eight are compared; what is between them, from the eighth on
    let mut at = 8;
    while at + 8 < a.len() {
        if word(a, at) != word(b, at) {
            return false;
        }
        at += 8;
    }
    true
}

/// A number that tells most byte strings apart. Tables of them live for a batch, so the worst that a sender of texts that
/// are made to be alike can do is to slow one batch.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |h: u64, w: u64| (h ^ w).wrapping_mul(ODD).rotate_left(29);
    let (first, last) = ends(bytes);
    let mut hash = mix(mix(bytes.len() as u64, first), last);
    let mut at = 8;
    while at + 8 < bytes.len() {
        hash = mix(hash, word(bytes, at));
        at += 8;
    }
    hash.wrapping_mul(ODD)
}

/// A text without white space at its ends. Most have none, which two looks tell.
#[inline]
pub(crate) fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [] => text,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn same_is_equality(a in proptest::collection::vec(0_u8..2, 0..40), b in proptest::collection::vec(0_u8..2, 0..40)) {
            let n = a.len().min(b.len());
            prop_assert_eq!(same(&a[..n], &b[..n]), a[..n] == b[..n]);
            prop_assert_eq!(same(&a, &b), a == b);
            prop_assert!(same(&a, &a.clone()) && hash(&a) == hash(&a.clone()));
        }

        #[test]
        fn every_byte_counts(a in proptest::collection::vec(any::<u8>(), 1..60), at in any::<prop::sample::Index>(), bit in 0_u32..8) {
            let mut b = a.clone();
            b[at.index(a.len())] ^= 1 << bit;
            prop_assert!(!same(&a, &b));
            prop_assert_ne!(hash(&a), hash(&b));
        }
    }

    #[test]
    fn hashes_spread() {
        let texts = (0..10_000).map(|i| format!("CRIME {i}"));
        let top: BTreeSet<u64> = texts.map(|t| hash(t.as_bytes()) >> 52).collect();
        assert!(top.len() > 3_500, "{} of 4096 places are taken", top.len());
    }
}
