//! When things happen: kinds of crime with their hours and weekdays, the months, the minutes.
//!
//! Rounded public knowledge, in parts of a thousand. Hours start at midnight, weekdays on Monday.

use crate::calendar::{DAY, Date, weekday};
use crate::offences::TYPES;
use crate::random::{Random, Weighted};

/// The rhythm of a kind of crime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rhythm {
    Theft,
    Fraud,
    Violence,
    Robbery,
    Quarrel,
    Burglary,
    Narcotics,
}

struct Hours {
    workday: [u16; 24],
    weekend: [u16; 24],
    days: [u16; 7],
}

impl Rhythm {
    #[rustfmt::skip]
    fn hours(self) -> &'static Hours {
        match self {
            Self::Theft => &Hours {
                workday: [30, 18, 14, 11, 10, 13, 18, 28, 35, 46, 45, 50, 70, 61, 64, 66, 64, 67, 67, 60, 49, 41, 40, 32],
                weekend: [46, 37, 30, 26, 16, 14, 11, 21, 27, 34, 42, 47, 58, 54, 62, 67, 64, 64, 59, 53, 51, 41, 41, 35],
                days: [1030, 1030, 1035, 1010, 1025, 980, 880],
            },
            Self::Fraud => &Hours {
                workday: [89, 13, 10, 8, 6, 6, 12, 19, 44, 94, 54, 42, 115, 58, 62, 69, 58, 58, 54, 38, 32, 24, 21, 16],
                weekend: [80, 26, 27, 25, 20, 16, 16, 16, 27, 66, 41, 48, 80, 55, 69, 61, 57, 61, 48, 43, 37, 32, 24, 23],
                days: [1085, 1085, 1020, 1075, 1110, 870, 755],
            },
            Self::Violence => &Hours {
                workday: [48, 37, 30, 24, 19, 17, 20, 26, 37, 37, 38, 40, 48, 42, 45, 52, 52, 51, 57, 55, 55, 58, 61, 54],
                weekend: [61, 55, 56, 47, 35, 29, 22, 23, 24, 29, 31, 35, 38, 36, 40, 40, 37, 47, 46, 50, 50, 55, 57, 57],
                days: [980, 940, 975, 915, 970, 1100, 1120],
            },
            Self::Robbery => &Hours {
                workday: [48, 32, 25, 23, 20, 21, 29, 29, 30, 35, 33, 33, 41, 40, 44, 49, 47, 52, 60, 63, 61, 68, 68, 51],
                weekend: [48, 52, 46, 49, 36, 22, 24, 21, 19, 28, 30, 27, 44, 34, 32, 47, 47, 52, 45, 54, 59, 62, 68, 54],
                days: [1030, 1000, 990, 950, 1030, 985, 1015],
            },
            Self::Quarrel => &Hours {
                workday: [32, 21, 17, 12, 9, 11, 14, 28, 43, 55, 56, 57, 63, 52, 56, 65, 62, 59, 58, 56, 50, 45, 44, 35],
                weekend: [41, 32, 25, 25, 19, 14, 16, 23, 31, 43, 46, 54, 61, 50, 53, 54, 50, 52, 55, 60, 60, 48, 48, 40],
                days: [1020, 1060, 1050, 1040, 1010, 905, 915],
            },
            Self::Burglary => &Hours {
                workday: [42, 25, 25, 24, 29, 24, 39, 49, 59, 59, 52, 45, 62, 46, 45, 51, 50, 53, 47, 41, 35, 35, 37, 27],
                weekend: [60, 33, 37, 38, 25, 32, 28, 24, 35, 43, 44, 48, 64, 46, 48, 53, 55, 47, 43, 42, 32, 40, 45, 37],
                days: [1090, 1085, 1020, 1005, 1055, 885, 860],
            },
            Self::Narcotics => &Hours {
                workday: [24, 12, 6, 3, 1, 1, 7, 8, 22, 37, 68, 82, 74, 61, 55, 50, 41, 43, 78, 104, 84, 58, 46, 34],
                weekend: [37, 16, 14, 7, 2, 1, 4, 11, 27, 39, 67, 78, 60, 53, 42, 43, 37, 44, 79, 121, 74, 56, 50, 39],
                days: [965, 1040, 1040, 985, 1100, 885, 880],
            },
        }
    }

    /// How often at this hour, against other hours of the same kind of crime.
    fn weight(self, weekday: usize, hour: usize) -> u64 {
        let hours = self.hours();
        let day = if weekday >= 5 { &hours.weekend } else { &hours.workday };
        u64::from(hours.days[weekday]) * u64::from(day[hour])
    }
}

/// More in summer, least in February.
const MONTHS: [u16; 12] = [920, 870, 950, 960, 1050, 1070, 1090, 1080, 1040, 1030, 980, 960];

/// People round: a third of all records are on the hour, a seventh on the half hour.
fn minutes() -> Weighted {
    Weighted::new((0..60).map(|minute| match minute {
        0 => 325,
        30 => 145,
        15 | 45 => 45,
        10 | 20 | 40 | 50 => 30,
        5 | 25 | 35 | 55 => 17,
        _ => 5,
    }))
}

/// What is expected when.
#[derive(Debug)]
pub(crate) struct Profile {
    /// for each of the week's 168 hours: its share of a day's records in 1/2^20, and which types of crime
    week: Vec<(u64, Weighted)>,
    minutes: Weighted,
}

impl Profile {
    pub(crate) fn new() -> Self {
        let weights: Vec<Vec<u64>> = (0..168)
            .map(|hour| {
                TYPES
                    .iter()
                    .map(|kind| u64::from(kind.share) * kind.rhythm.weight(hour / 24, hour % 24))
                    .collect()
            })
            .collect();
        let sums: Vec<u128> =
            weights.iter().map(|weights| weights.iter().copied().map(u128::from).sum()).collect();
        let total: u128 = sums.iter().sum();
        let week = sums.iter().zip(weights).map(|(sum, weights)| {
            ((((sum * 7) << 20) / total.max(1)) as u64, Weighted::new(weights))
        });
        Self { week: week.collect(), minutes: minutes() }
    }

    /// How many of `per_day` records a day fall in this hour (counted since 1970), in 1/2^20. Days are better and
    /// worse, by the seed.
    pub(crate) fn expected(&self, seed: u64, hour: i64, per_day: u32) -> u64 {
        let day = hour.div_euclid(24);
        let month = Date::of_day(day).month as usize - 1;
        let mut random = Random::new(seed, purpose::DAY_FACTOR, day.cast_unsigned());
        let day_factor = 860 + random.below(141) + random.below(141);
        let (share, _) = &self.week[hour_of_week(hour)];
        u64::from(per_day) * share * u64::from(MONTHS[month]) / 1000 * day_factor / 1000
    }

    /// A type of crime, as an index into [`TYPES`].
    pub(crate) fn kind(&self, hour: i64, random: &mut Random) -> usize {
        self.week[hour_of_week(hour)].1.pick(random)
    }

    /// A minute of the hour.
    pub(crate) fn minute(&self, random: &mut Random) -> u8 {
        self.minutes.pick(random) as u8
    }
}

fn hour_of_week(hour: i64) -> usize {
    weekday(hour.div_euclid(24)) * 24 + hour.rem_euclid(24) as usize
}

/// What random numbers are drawn for: one unrelated sequence each.
pub(crate) mod purpose {
    pub(crate) const DAY_FACTOR: u64 = 1;
    pub(crate) const HOUR: u64 = 2;
    pub(crate) const RECORD: u64 = 3;
    pub(crate) const CORRECTION: u64 = 4;
    pub(crate) const EPISODE: u64 = 5;
    pub(crate) const PLANTED: u64 = 6;
    pub(crate) const SHUFFLE: u64 = 7;
}

const _: () = assert!(DAY == 24 * crate::calendar::HOUR);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_has_the_records_of_seven_days() {
        let profile = Profile::new();
        let sum: u64 = profile.week.iter().map(|(share, _)| share).sum();
        assert!(sum.abs_diff(7 << 20) < 200, "{sum}");
        let months: u32 = MONTHS.iter().map(|&month| u32::from(month)).sum();
        assert_eq!(months, 12_000);
    }

    #[test]
    fn nights_are_quieter_than_noons() {
        let profile = Profile::new();
        let monday = 19_359_i64 * 24;
        let at = |hour| profile.expected(1, monday + hour, 700) >> 20;
        assert!(at(4) * 2 < at(12), "{} at 4, {} at 12", at(4), at(12));
        assert!((30..80).contains(&at(12)));
    }
}
