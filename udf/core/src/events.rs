//! Events as columns, and the dictionary of the texts that occur in them.

use crate::words;

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
    /// Open addressing: a text's index, one more, stands at the first free place from its hash's on; 0 is free. A power
    /// of two places, at most half of them taken.
    places: Vec<u32>,
    texts: ByteLists,
}

impl Dictionary {
    /// The index of `text`, which is added if it is new.
    pub fn index(&mut self, text: &str) -> u32 {
        if self.texts.len() * 2 >= self.places.len() {
            self.grow();
        }
        let place = self.place(text.as_bytes());
        match self.places[place].checked_sub(1) {
            Some(index) => index,
            None => {
                self.texts.push(text.as_bytes());
                self.places[place] = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
                self.places[place] - 1
            }
        }
    }

    /// Where `text` stands, or the free place where it would.
    fn place(&self, text: &[u8]) -> usize {
        let last = self.places.len() - 1;
        // the top bits of the hash are its best
        let mut place = (words::hash(text) >> 32) as usize & last;
        while let Some(index) = self.places[place].checked_sub(1) {
            if words::same(self.texts.get(index as usize), text) {
                break;
            }
            place = (place + 1) & last;
        }
        place
    }

    fn grow(&mut self) {
        self.places = vec![0; (self.places.len() * 2).max(256)];
        for index in 0..self.texts.len() {
            let place = self.place(self.texts.get(index));
            self.places[place] = u32::try_from(index + 1).unwrap_or(u32::MAX);
        }
    }

    /// The texts in the order of their indices.
    #[must_use]
    pub fn into_texts(self) -> ByteLists {
        self.texts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_text_has_one_index(texts in proptest::collection::vec("[ab]{0,6}|[a-z ]{0,30}", 0..700)) {
            let mut dictionary = Dictionary::default();
            let indices: Vec<u32> = texts.iter().map(|text| dictionary.index(text)).collect();
            let again: Vec<u32> = texts.iter().map(|text| dictionary.index(text)).collect();
            prop_assert_eq!(&indices, &again);
            let lists = dictionary.into_texts();
            for (text, &index) in texts.iter().zip(&indices) {
                prop_assert_eq!(lists.get(index as usize), text.as_bytes());
            }
            let distinct: std::collections::BTreeSet<&String> = texts.iter().collect();
            prop_assert_eq!(lists.len(), distinct.len());
        }
    }
}
