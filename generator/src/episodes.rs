//! Planted anomalies: many crimes of one type in one district within hours, beyond the rule's threshold.

use std::io::{self, Write};

use crate::calendar::{HOUR, iso};
use crate::districts::{DISTRICTS, District};
use crate::offences::TYPES;
use crate::profile::purpose;
use crate::random::Random;
use crate::settings::Settings;

/// The longest one: with a start anywhere, a window of 5 hours that starts on the half hour covers it whole.
pub(crate) const LONGEST: i64 = 4 * HOUR;
/// The most records of one, so that an hour's numbers suffice.
pub(crate) const MOST_RECORDS: u64 = 45;
const FEWEST_RECORDS: u64 = 20;

/// Types that come in series. Of the first six; none is planted where it can hardly happen.
const SERIAL: [&str; 6] =
    ["ROBBERY", "BURGLARY", "MOTOR VEHICLE THEFT", "CRIMINAL DAMAGE", "THEFT", "ASSAULT"];

/// One planted anomaly. Its records come on top of what happens anyway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Episode {
    /// such as `ROBBERY`
    pub primary_type: &'static str,
    /// where
    pub district: &'static District,
    /// first second, since 1970 on the city's wall clock
    pub start: i64,
    /// first second after it; at most four hours later
    pub end: i64,
    /// planted records: 20 to 45, above the rule's 14
    pub count: u32,
    pub(crate) kind: usize,
}

/// All of them, by start. Each has its own stretch of the period, so that they spread over it.
pub(crate) fn plant(settings: &Settings, first_hour: i64, hours: i64) -> Vec<Episode> {
    let kinds: Vec<usize> =
        SERIAL.iter().filter_map(|name| TYPES.iter().position(|kind| kind.name == *name)).collect();
    let mut offset = Random::new(settings.seed, purpose::EPISODE, u64::MAX);
    let offset = offset.below(kinds.len() as u64) as usize;
    let count = i64::from(settings.anomalies);
    let mut episodes: Vec<Episode> = (0..count)
        .map(|index| {
            let mut random = Random::new(settings.seed, purpose::EPISODE, index.cast_unsigned());
            let half_hours = |from: i64, to: i64, random: &mut Random| {
                from + random.below((to - from + 1).cast_unsigned()).cast_signed()
            };
            let length = half_hours(2, LONGEST / HOUR * 2, &mut random) * HOUR / 2;
            let (stretch, next) = (index * hours / count, (index + 1) * hours / count);
            let minutes = half_hours(0, (next - stretch) * 60 - 1, &mut random);
            let latest = (first_hour + hours) * HOUR - length;
            let start = ((first_hour + stretch) * HOUR + minutes * 60).min(latest);
            // the last district has next to no crime
            let district = &DISTRICTS[random.below(DISTRICTS.len() as u64 - 1) as usize];
            let kind = kinds[(offset + index as usize) % kinds.len()];
            Episode {
                primary_type: TYPES[kind].name,
                district,
                start,
                end: start + length,
                count: (FEWEST_RECORDS + random.below(MOST_RECORDS - FEWEST_RECORDS + 1)) as u32,
                kind,
            }
        })
        .collect();
    episodes.sort_by_key(|episode| episode.start);
    episodes
}

/// Writes the label file: a header, then `type,district,start,end,count` for each, times as `2023-01-31T18:05:00`.
///
/// # Errors
/// If `out` can't be written.
pub fn write_labels(episodes: &[Episode], mut out: impl Write) -> io::Result<()> {
    writeln!(out, "type,district,start,end,count")?;
    for Episode { primary_type, district, start, end, count, .. } in episodes {
        writeln!(out, "{primary_type},{},{},{},{count}", district.code, iso(*start), iso(*end))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_lie_in_the_period_and_pass_the_rule() {
        for (days, anomalies) in [(1, 6), (1, 1), (365, 12), (30, 180), (10, 0)] {
            let settings = Settings { days, anomalies, ..Settings::default() };
            let first = settings.from.days() * 24;
            let hours = i64::from(days) * 24;
            let episodes = plant(&settings, first, hours);
            assert_eq!(episodes.len(), anomalies as usize);
            for episode in &episodes {
                assert!(episode.start >= first * HOUR, "{episode:?}");
                assert!(episode.end <= (first + hours) * HOUR, "{episode:?}");
                assert!((HOUR..=LONGEST).contains(&(episode.end - episode.start)));
                assert!((20..=45).contains(&episode.count));
            }
            assert!(episodes.is_sorted_by_key(|episode| episode.start));
        }
    }

    #[test]
    fn labels() {
        let settings = Settings { days: 2, anomalies: 1, ..Settings::default() };
        let mut out = Vec::new();
        write_labels(&plant(&settings, settings.from.days() * 24, 48), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let (header, row) = text.split_once('\n').unwrap();
        assert_eq!(header, "type,district,start,end,count");
        assert!(row.contains(",2023-01-0"), "{row}");
        assert_eq!(row.trim_end().split(',').count(), 5);
    }
}
