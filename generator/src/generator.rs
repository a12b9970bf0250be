//! Makes records, each from its place alone: hour of the period and number in the hour.

use crate::calendar::{DAY, Date, HOUR};
use crate::districts::DISTRICTS;
use crate::episodes::{self, Episode, plant};
use crate::offences::TYPES;
use crate::profile::{Profile, purpose};
use crate::random::{Random, Weighted};
use crate::record::{Position, Record};
use crate::rows::{Order, Rows};
use crate::settings::{Settings, SettingsError};
use crate::streets::block;

/// IDs count from here: the city's data begins in 2001.
const FIRST_DAY: Date = Date { year: 2001, month: 1, day: 1 };

/// A year, or any other period, of a city's crimes.
#[derive(Debug)]
pub struct Generator {
    pub(crate) settings: Settings,
    profile: Profile,
    offences: Vec<Weighted>,
    places: Vec<Weighted>,
    districts: [Weighted; 3],
    episodes: Vec<Episode>,
    pub(crate) hours: std::ops::Range<i64>,
    /// IDs that an hour may use
    pub(crate) ids_per_hour: u64,
}

/// What happens in an hour, apart from what is planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hour {
    /// records, numbered from 0
    pub(crate) records: u64,
    /// how many of them come again, corrected
    pub(crate) corrections: u64,
}

/// A planted record: which one of which episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Planted {
    pub(crate) episode: usize,
    pub(crate) number: u64,
}

impl Generator {
    /// Prepares tables and plants the anomalies; what it holds does not grow with the period.
    ///
    /// # Errors
    /// If the settings contradict each other.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        settings.check()?;
        let first = settings.from.days() * 24;
        let hours = i64::from(settings.days) * 24;
        let weights = |share: usize| DISTRICTS.iter().map(move |it| u64::from(it.shares[share]));
        Ok(Self {
            profile: Profile::new(),
            offences: TYPES
                .iter()
                .map(|kind| Weighted::new(kind.offences.iter().map(|it| u64::from(it.weight))))
                .collect(),
            places: TYPES
                .iter()
                .map(|kind| Weighted::new(kind.places.iter().map(|it| u64::from(it.1))))
                .collect(),
            districts: std::array::from_fn(|share| Weighted::new(weights(share))),
            episodes: plant(&settings, first, hours),
            hours: first..first + hours,
            // the busiest hour expects 2.3 times the mean; two episodes at most meet in one
            ids_per_hour: u64::from(settings.per_day) / 8 + 40 + 2 * episodes::MOST_RECORDS,
            settings,
        })
    }

    /// The planted anomalies, by start.
    #[must_use]
    pub fn episodes(&self) -> &[Episode] {
        &self.episodes
    }

    /// All records, corrections and planted ones included.
    #[must_use]
    pub fn rows(&self, order: Order) -> Rows<'_> {
        Rows::new(self, order)
    }

    /// How many rows there are. Takes a moment: some 10 ms for a hundred years.
    #[must_use]
    pub fn count(&self) -> u64 {
        let planted: u64 = self.episodes.iter().map(|episode| u64::from(episode.count)).sum();
        let hours = self.hours.clone().map(|hour| self.hour(hour));
        planted + hours.map(|hour| hour.records + hour.corrections).sum::<u64>()
    }

    pub(crate) fn hour(&self, hour: i64) -> Hour {
        let Settings { seed, per_day, corrections, .. } = self.settings;
        let mut random = Random::new(seed, purpose::HOUR, hour.cast_unsigned());
        let records = random.count(self.profile.expected(seed, hour, per_day));
        let records = records.min(self.ids_per_hour - 2 * episodes::MOST_RECORDS);
        let expected = records * u64::from(corrections.parts());
        let chance = random.one_in_million((expected % 1_000_000) as u32);
        Hour { records, corrections: expected / 1_000_000 + u64::from(chance) }
    }

    /// The record that correction number `number` of an hour corrects.
    pub(crate) fn corrected(&self, hour: i64, records: u64, number: u64) -> u64 {
        let mut random = Random::new(self.settings.seed, purpose::CORRECTION, hour.cast_unsigned());
        (random.below(records) + number) % records
    }

    /// What of the planted anomalies falls in this hour.
    pub(crate) fn planted(&self, hour: i64, out: &mut Vec<Planted>) {
        out.clear();
        let (begin, end) = (hour * HOUR, (hour + 1) * HOUR);
        let first = self.episodes.partition_point(|it| it.start <= begin - episodes::LONGEST);
        for (episode, it) in self.episodes.iter().enumerate().skip(first) {
            if it.start >= end {
                break;
            }
            let all = (0..u64::from(it.count)).map(|number| Planted { episode, number });
            out.extend(all.filter(|&one| (begin..end).contains(&self.planted_at(one))));
        }
    }

    /// The minute of a planted record.
    pub(crate) fn planted_minute(&self, planted: Planted) -> u8 {
        (self.planted_at(planted) / 60 % 60) as u8
    }

    /// When a planted record happens.
    fn planted_at(&self, planted: Planted) -> i64 {
        let episode = &self.episodes[planted.episode];
        let minutes = (episode.end - episode.start) / 60;
        let place = ((planted.episode as u64) << 8) | planted.number;
        let mut random = Random::new(self.settings.seed, purpose::PLANTED, place);
        episode.start + random.below(minutes.cast_unsigned()).cast_signed() * 60
    }

    /// The ID of the record with this number in its hour.
    fn id(&self, hour: i64, number: u64) -> u64 {
        let hours = (hour - FIRST_DAY.days() * 24).cast_unsigned();
        hours * self.ids_per_hour + number
    }

    fn random(&self, hour: i64, number: u64) -> Random {
        Random::new(self.settings.seed, purpose::RECORD, self.id(hour, number))
    }

    /// The minute of a record, without the rest of it.
    pub(crate) fn minute(&self, hour: i64, number: u64) -> u8 {
        self.profile.minute(&mut self.random(hour, number))
    }

    /// The record with this number in this hour.
    pub(crate) fn record(&self, hour: i64, number: u64) -> Record {
        let mut random = self.random(hour, number);
        let minute = self.profile.minute(&mut random);
        let kind = self.profile.kind(hour, &mut random);
        let district = self.districts[TYPES[kind].spread as usize].pick(&mut random);
        let mut record = self.happening(kind, district, &mut random);
        record.id = self.id(hour, number);
        record.date = hour * HOUR + i64::from(minute) * 60;
        record.updated_on = night_after(record.date, 7, &mut random);
        if random.one_in_million(self.settings.missing_coordinates.parts()) {
            record.position = None;
        }
        if random.one_in_million(self.settings.missing_district.parts()) {
            record.district = None;
        }
        record
    }

    /// A planted record; the number is one that its hour has left.
    pub(crate) fn planted_record(&self, hour: i64, number: u64, planted: Planted) -> Record {
        let episode = &self.episodes[planted.episode];
        let mut random = self.random(hour, number);
        let district = DISTRICTS.iter().position(|it| it == episode.district).unwrap_or_default();
        let mut record = self.happening(episode.kind, district, &mut random);
        record.id = self.id(hour, number);
        record.date = self.planted_at(planted);
        record.updated_on = night_after(record.date, 7, &mut random);
        record
    }

    /// A crime of this type in this district, at no time yet.
    fn happening(&self, kind: usize, district: usize, random: &mut Random) -> Record {
        let (of, district) = (&TYPES[kind], &DISTRICTS[district]);
        let offence = &of.offences[self.offences[kind].pick(random)];
        let place = of.places[self.places[kind].pick(random)].0;
        let (across, along) = (around(random), around(random));
        let position = Position::new(
            at(district.middle.0, district.reach.0, across),
            at(district.middle.1, district.reach.1, along),
        );
        let chances = random.next();
        let chance = |shift: u32, of_thousand: u16| {
            ((chances >> shift) & 0xffff) * 1000 < u64::from(of_thousand) << 16
        };
        let sector = 1 + ((across * 3) >> 32) as u16;
        let beat = 1 + ((along * u64::from(district.beats)) >> 32) as u16;
        let of_district =
            |list: &[u8], part: u64| list[((part * list.len() as u64) >> 32) as usize];
        Record {
            id: 0,
            date: 0,
            updated_on: 0,
            primary_type: of.name,
            offence,
            location_description: place,
            arrest: chance(0, offence.arrests),
            domestic: chance(16, offence.domestic),
            beat: u16::from(district.number) * 100 + sector * 10 + beat,
            district: Some(district),
            ward: of_district(district.wards, along),
            community_area: of_district(district.community_areas, across),
            block: block(position.x, position.y, chances >> 63 == 0),
            position: Some(position),
        }
    }

    /// The same crime as the city knows it weeks later: one thing is different.
    pub(crate) fn corrected_record(&self, mut record: Record) -> Record {
        let mut random = Random::new(self.settings.seed, purpose::CORRECTION, !record.id);
        record.updated_on = night_after(record.date, 20 + random.below(180), &mut random);
        let what = random.below(100);
        let kind = TYPES.iter().position(|it| it.name == record.primary_type).unwrap_or_default();
        let places = TYPES[kind].places;
        match what {
            0..50 if !record.arrest => record.arrest = true,
            50..60 => {
                let now = places.iter().position(|it| it.0 == record.location_description);
                record.location_description = places[other(now, places.len(), &mut random)].0;
            }
            60..75 if record.position.is_none() => {
                record.position = record.district.map(|district| {
                    let (across, along) = (around(&mut random), around(&mut random));
                    Position::new(
                        at(district.middle.0, district.reach.0, across),
                        at(district.middle.1, district.reach.1, along),
                    )
                });
            }
            75..80 => {
                let kind = other(Some(kind), TYPES.len(), &mut random);
                let offence = &TYPES[kind].offences[self.offences[kind].pick(&mut random)];
                (record.primary_type, record.offence) = (TYPES[kind].name, offence);
            }
            _ if TYPES[kind].offences.len() > 1 => {
                let offences = TYPES[kind].offences;
                let now = offences.iter().position(|it| it == record.offence);
                record.offence = &offences[other(now, offences.len(), &mut random)];
            }
            _ => record.domestic = !record.domestic,
        }
        record
    }
}

/// A part of 2^32, the middle most often.
fn around(random: &mut Random) -> u64 {
    let number = random.next();
    ((number >> 32) + (number & 0xffff_ffff)) >> 1
}

/// That part of the way over a district, in 10^-9 of a degree.
fn at(middle: i32, reach: i32, part: u64) -> i64 {
    let from_middle = part.cast_signed() - (1 << 31);
    i64::from(middle) * 1_000_000 + ((from_middle * i64::from(reach) * 1_000_000) >> 31)
}

/// Another index than this one.
fn other(now: Option<usize>, count: usize, random: &mut Random) -> usize {
    let steps = 1 + random.below(count as u64 - 1) as usize;
    (now.unwrap_or_default() + steps) % count
}

/// The city publishes at night.
fn night_after(date: i64, days: u64, random: &mut Random) -> i64 {
    let night = (date.div_euclid(DAY) + days.cast_signed()) * DAY + 3 * HOUR + 40 * 60;
    night + random.below(20 * 60).cast_signed()
}
