//! Random numbers that are the same on every machine: whole numbers only, no state shared between records.
//!
//! Every record has a generator of its own, keyed by seed and place. So a record can be made without those before it,
//! which is what lets the same records come out in any order in constant memory.

/// SplitMix64 (Steele, Lea and Flood 2014), keyed by what it is for.
#[derive(Debug, Clone)]
pub(crate) struct Random {
    state: u64,
}

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Random {
    /// A sequence for `purpose` at `place`, unrelated to all others of this seed.
    pub(crate) fn new(seed: u64, purpose: u64, place: u64) -> Self {
        let key = mix(seed.wrapping_add(GAMMA)) ^ purpose.wrapping_mul(GAMMA);
        Self { state: mix(mix(key).wrapping_add(place.wrapping_mul(GAMMA))) }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GAMMA);
        mix(self.state)
    }

    /// A number below `bound`, which is at least 1 and at most 2^32. The bias is at most `bound` in 2^64.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        scale(self.next() >> 32, bound)
    }

    /// True in so many of a million cases.
    pub(crate) fn one_in_million(&mut self, parts: u32) -> bool {
        self.below(1_000_000) < u64::from(parts)
    }

    /// How many of rare events happen of which `expected` / 2^20 are expected: Poisson, near enough.
    pub(crate) fn count(&mut self, expected: u64) -> u64 {
        const ONE: u64 = 1 << 20;
        if expected > 64 * ONE {
            return self.normal_count(expected);
        }
        // 64 draws for each 16 expected: Binomial(64, 1/4) varies less than Poisson by an eighth, which nobody sees
        let mut left = expected;
        let mut count = 0;
        while left > 0 {
            let part = left.min(16 * ONE);
            let threshold = part / 64;
            count += (0..64).filter(|_| self.next() >> 44 < threshold).count() as u64;
            left -= part;
        }
        count
    }

    /// The normal distribution of mean and variance `expected`, from twelve uniform numbers.
    fn normal_count(&mut self, expected: u64) -> u64 {
        let sum: u64 = (0..12).map(|_| self.next() >> 48).sum();
        let deviations = sum.cast_signed() - 6 * 65536; // in 1/65536 of a standard deviation
        let mean = (expected >> 20).cast_signed();
        let noise = deviations * (expected >> 20).isqrt().cast_signed() / 65536;
        (mean + noise).max(0).cast_unsigned()
    }
}

/// `value` of 2^32 as the same part of `bound`.
fn scale(value: u64, bound: u64) -> u64 {
    (value * bound) >> 32
}

/// Picks an index by weight in one step (Walker's alias method, in whole numbers).
#[derive(Debug, Clone)]
pub(crate) struct Weighted {
    columns: Vec<Column>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Column {
    /// below it the column itself, else its alias
    threshold: u32,
    itself: u8,
    alias: u8,
}

impl Weighted {
    /// From weights, not all of them 0, at most 256.
    pub(crate) fn new(weights: impl IntoIterator<Item = u64>) -> Self {
        let weights: Vec<u128> = weights.into_iter().map(u128::from).collect();
        let total: u128 = weights.iter().sum();
        let count = weights.len() as u128;
        // Each column has room for `total`; each weight is worth `count` times itself.
        let mut rest: Vec<u128> = weights.iter().map(|weight| weight * count).collect();
        let mut columns = vec![Column::default(); weights.len()];
        let (mut small, mut large): (Vec<usize>, Vec<usize>) =
            (0..rest.len()).partition(|&index| rest[index] < total);
        while let Some(index) = small.pop() {
            let Some(&donor) = large.last() else {
                columns[index] = Column::whole(index);
                continue;
            };
            columns[index] = Column {
                threshold: ((rest[index] << 32) / total.max(1)) as u32,
                itself: index as u8,
                alias: donor as u8,
            };
            rest[donor] -= total - rest[index];
            if rest[donor] < total {
                large.pop();
                small.push(donor);
            }
        }
        for index in large {
            columns[index] = Column::whole(index);
        }
        Self { columns }
    }

    pub(crate) fn pick(&self, random: &mut Random) -> usize {
        let number = random.next();
        let column = self.columns[scale(number >> 32, self.columns.len() as u64) as usize];
        usize::from(if (number as u32) < column.threshold { column.itself } else { column.alias })
    }
}

impl Column {
    fn whole(index: usize) -> Self {
        Self { threshold: u32::MAX, itself: index as u8, alias: index as u8 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_kept() {
        let weights = [1, 0, 50, 500, 449];
        let weighted = Weighted::new(weights);
        let mut random = Random::new(1, 2, 3);
        let mut found = [0_u64; 5];
        for _ in 0..1_000_000 {
            found[weighted.pick(&mut random)] += 1;
        }
        for (found, weight) in found.iter().zip(weights) {
            assert!(found.abs_diff(weight * 1000) <= 150 + weight * 10, "{found} for {weight}");
        }
        assert_eq!(found[1], 0);
    }

    #[test]
    fn counts_have_their_mean_and_vary() {
        for expected in [0, 1 << 18, 1 << 20, 30 << 20, 500 << 20_u64] {
            let counts: Vec<u64> =
                (0..4000).map(|place| Random::new(7, 1, place).count(expected)).collect();
            let mean = counts.iter().sum::<u64>() as f64 / 4000.0;
            let wanted = expected as f64 / f64::from(1 << 20);
            assert!((mean - wanted).abs() <= 0.05 * wanted.max(0.2), "{mean} for {wanted}");
            let variance =
                counts.iter().map(|&count| (count as f64 - mean).powi(2)).sum::<f64>() / 4000.0;
            assert!((0.6..=1.3).contains(&(variance / wanted)) || expected == 0, "{variance}");
        }
    }

    #[test]
    fn sequences_of_different_keys_differ() {
        let first = |seed, purpose, place| Random::new(seed, purpose, place).next();
        let all = [first(1, 1, 1), first(2, 1, 1), first(1, 2, 1), first(1, 1, 2)];
        for (index, number) in all.iter().enumerate() {
            assert!(!all[..index].contains(number));
        }
    }
}
