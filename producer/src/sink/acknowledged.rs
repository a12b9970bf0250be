//! Which messages were acknowledged, by their number, in little memory.

use std::collections::VecDeque;

/// A set of numbers of which all up to some point are in it: one bit for each that comes after that point.
///
/// Partitions acknowledge independently of each other, so that the numbers come in no order; but what is on its way is
/// bounded, and so is the stretch that bits are kept for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Acknowledged {
    /// all numbers below 64 times this are in it
    words_done: u64,
    words: VecDeque<u64>,
}

impl Acknowledged {
    /// All numbers below `prefix`, and those of the ranges, whose ends are not in them.
    #[must_use]
    pub fn of(prefix: u64, beyond: &[(u64, u64)]) -> Self {
        let mut all = Self { words_done: prefix / 64, words: VecDeque::new() };
        for number in (prefix - prefix % 64..prefix).chain(beyond.iter().flat_map(|&(a, b)| a..b)) {
            all.insert(number);
        }
        all
    }

    /// Adds a number.
    pub fn insert(&mut self, number: u64) {
        let Some(word) = (number / 64).checked_sub(self.words_done) else { return };
        let word = word as usize;
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (number % 64);
        while self.words.front() == Some(&u64::MAX) {
            self.words.pop_front();
            self.words_done += 1;
        }
    }

    /// Whether a number is in it.
    #[must_use]
    pub fn contains(&self, number: u64) -> bool {
        match (number / 64).checked_sub(self.words_done) {
            None => true,
            Some(word) => {
                self.words.get(word as usize).is_some_and(|bits| bits >> (number % 64) & 1 == 1)
            }
        }
    }

    /// The least number that is not in it: all before it are.
    #[must_use]
    pub fn prefix(&self) -> u64 {
        let ones = self.words.front().map_or(0, |word| word.trailing_ones());
        self.words_done * 64 + u64::from(ones)
    }

    /// The ranges of numbers beyond the prefix that are in it, their ends not included.
    #[must_use]
    pub fn beyond(&self) -> Vec<(u64, u64)> {
        let end = (self.words_done + self.words.len() as u64) * 64;
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        for number in (self.prefix()..end).filter(|&number| self.contains(number)) {
            match ranges.last_mut() {
                Some((_, end)) if *end == number => *end += 1,
                _ => ranges.push((number, number + 1)),
            }
        }
        ranges
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_same_as_a_set_of_numbers(numbers in proptest::collection::vec(0_u64..400, 0..500)) {
            let (mut ours, mut set) = (Acknowledged::default(), BTreeSet::new());
            for number in numbers {
                ours.insert(number);
                set.insert(number);
                let prefix = (0..).find(|number| !set.contains(number)).unwrap();
                prop_assert_eq!(ours.prefix(), prefix);
            }
            for number in 0..500 {
                prop_assert_eq!(ours.contains(number), set.contains(&number));
            }
            let beyond: BTreeSet<u64> = ours.beyond().into_iter().flat_map(|(a, b)| a..b).collect();
            prop_assert_eq!(&beyond, &set.range(ours.prefix()..).copied().collect::<BTreeSet<_>>());
            let again = Acknowledged::of(ours.prefix(), &ours.beyond());
            prop_assert_eq!(again.prefix(), ours.prefix());
            prop_assert_eq!(again.beyond(), ours.beyond());
        }
    }

    #[test]
    fn memory_is_for_what_is_on_its_way() {
        let mut all = Acknowledged::default();
        for number in 0..1_000_000 {
            all.insert(number ^ 63); // in each word backwards
        }
        assert_eq!(all.prefix(), 1_000_000);
        assert!(all.words.len() <= 1);
    }
}
