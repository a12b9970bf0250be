//! A shuffle that keeps nothing: a Feistel network over the indexes, walked until it lands among them.

use crate::random::Random;

/// A permutation of the numbers below a count.
#[derive(Debug)]
pub(crate) struct Permutation {
    count: u64,
    half_bits: u32,
    keys: [u64; 4],
}

impl Permutation {
    pub(crate) fn new(count: u64, random: &mut Random) -> Self {
        let bits = u64::BITS - count.saturating_sub(1).leading_zeros();
        Self {
            count,
            half_bits: bits.div_ceil(2).max(1),
            keys: std::array::from_fn(|_| random.next()),
        }
    }

    /// Where the number `index` goes; it must be below the count.
    pub(crate) fn apply(&self, index: u64) -> u64 {
        let mut number = index;
        loop {
            number = self.network(number);
            // the network permutes at most four times as many numbers, so this ends soon, and it ends
            // because a walk on a cycle comes back to where it began
            if number < self.count {
                return number;
            }
        }
    }

    fn network(&self, number: u64) -> u64 {
        let mask = (1 << self.half_bits) - 1;
        let (mut left, mut right) = (number >> self.half_bits, number & mask);
        for (round, key) in self.keys.iter().enumerate() {
            let mixed = Random::new(*key, round as u64, right).next() & mask;
            (left, right) = (right, left ^ mixed);
        }
        (left << self.half_bits) | right
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_comes_once_and_elsewhere() {
        for count in [1, 2, 3, 64, 65, 1000] {
            let permutation = Permutation::new(count, &mut Random::new(5, 0, 0));
            let mut all: Vec<u64> = (0..count).map(|index| permutation.apply(index)).collect();
            let stayed = all.iter().enumerate().filter(|(index, to)| *index as u64 == **to).count();
            assert!(stayed < 5, "{stayed} of {count} stayed");
            all.sort_unstable();
            assert!(all.iter().copied().eq(0..count));
        }
    }
}
