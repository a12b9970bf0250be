//! Events as columns, and the dictionary of the texts that occur in them.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// An arrest was made.
pub const ARREST: u8 = 1;
/// The crime was domestic.
pub const DOMESTIC: u8 = 2;

/// Many byte strings in one buffer: entry `i` is `bytes[ends[i - 1]..ends[i]]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ByteLists {
    /// All entries, one behind the other.
    pub bytes: Vec<u8>,
    /// End of each entry in `bytes`; ascends.
    pub ends: Vec<u32>,
}

impl ByteLists {
    /// Adds an entry.
    pub fn push(&mut self, entry: &[u8]) {
        self.bytes.extend_from_slice(entry);
        self.close();
    }

    /// Ends the entry whose bytes were written to `bytes` directly.
    pub fn close(&mut self) {
        self.ends.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Entry `i`; empty where there is none.
    #[must_use]
    pub fn get(&self, i: usize) -> &[u8] {
        let start = if i == 0 { 0 } else { self.ends.get(i - 1).map_or(0, |&e| e as usize) };
        let end = self.ends.get(i).map_or(start, |&e| e as usize);
        self.bytes.get(start..end).unwrap_or(&[])
    }

    /// All entries in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|i| self.get(i))
    }
}

/// Decoded events, a column a field; see `udf/wit/types.wit` for units and ranges.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "each column is documented in the contract")]
pub struct Events {
    pub record_index: Vec<u32>,
    pub id: Vec<u64>,
    pub time: Vec<i64>,
    pub updated: Vec<i64>,
    pub district: Vec<u16>,
    pub beat: Vec<u16>,
    pub ward: Vec<u16>,
    pub community_area: Vec<u16>,
    pub flags: Vec<u8>,
    pub latitude: Vec<f64>,
    pub longitude: Vec<f64>,
    pub primary_type: Vec<u32>,
    pub description: Vec<u32>,
    pub location_description: Vec<u32>,
    pub texts: ByteLists,
}

impl Events {
    /// Columns with room for `n` events.
    #[must_use]
    pub fn with_capacity(n: usize) -> Self {
        Self {
            record_index: Vec::with_capacity(n),
            id: Vec::with_capacity(n),
            time: Vec::with_capacity(n),
            updated: Vec::with_capacity(n),
            district: Vec::with_capacity(n),
            beat: Vec::with_capacity(n),
            ward: Vec::with_capacity(n),
            community_area: Vec::with_capacity(n),
            flags: Vec::with_capacity(n),
            latitude: Vec::with_capacity(n),
            longitude: Vec::with_capacity(n),
            primary_type: Vec::with_capacity(n),
            description: Vec::with_capacity(n),
            location_description: Vec::with_capacity(n),
            texts: ByteLists::default(),
        }
    }

    /// Number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.id.len()
    }

    /// Whether there is no event.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.id.is_empty()
    }

    /// Whether windows count event `i`: it has a district and a primary type.
    #[must_use]
    pub fn counts(&self, i: usize) -> bool {
        self.district[i] != 0 && !self.texts.get(self.primary_type[i] as usize).is_empty()
    }
}

/// The distinct texts of a batch; gives each an index.
#[derive(Debug, Default)]
pub struct Dictionary {
    seen: HashMap<Vec<u8>, u32, BuildHasherDefault<Fnv>>,
    texts: ByteLists,
}

impl Dictionary {
    /// The index of `text`, which is added if it is new.
    pub fn index(&mut self, text: &str) -> u32 {
        if let Some(&i) = self.seen.get(text.as_bytes()) {
            return i;
        }
        let i = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(text.as_bytes());
        self.seen.insert(text.as_bytes().to_vec(), i);
        i
    }

    /// The texts in the order of their indices.
    #[must_use]
    pub fn into_texts(self) -> ByteLists {
        self.texts
    }
}

/// A hash for short keys (Fowler, Noll and Vo's 1a, by words of eight bytes): the keys of a batch are few and come from
/// one batch only, so nobody gains by making them collide.
#[derive(Debug)]
pub struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        // the table takes the top bits: mix them
        (self.0 ^ (self.0 >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    fn write(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            let mut word = [0; 8];
            word.copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
        for &b in chunks.remainder() {
            self.0 = (self.0 ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = (self.0 ^ n).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
    }
}
