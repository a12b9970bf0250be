//! All rows of a period, in one of three orders, without keeping them.

use crate::generator::{Generator, Hour, Planted};
use crate::permutation::Permutation;
use crate::profile::purpose;
use crate::random::Random;
use crate::record::Record;

/// In which order rows come. It changes nothing else: the rows are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// by date, oldest first; a correction right after what it corrects
    #[default]
    Sorted,
    /// the reverse, newest first, as the portal exports
    Portal,
    /// no order at all
    Shuffled,
}

/// An iterator over rows. Sorted and portal keep one hour; shuffled keeps 24 bytes for each hour of the period.
#[derive(Debug)]
pub struct Rows<'a> {
    generator: &'a Generator,
    source: Source,
}

#[derive(Debug)]
enum Source {
    ByHour { hours: std::ops::Range<i64>, newest_first: bool, hour: HourRows },
    Shuffled { places: Places, permutation: Permutation, next: u64, planted: Vec<Planted> },
}

impl<'a> Rows<'a> {
    pub(crate) fn new(generator: &'a Generator, order: Order) -> Self {
        let source = match order {
            Order::Sorted | Order::Portal => Source::ByHour {
                hours: generator.hours.clone(),
                newest_first: order == Order::Portal,
                hour: HourRows::default(),
            },
            Order::Shuffled => {
                let places = Places::new(generator);
                let mut keys = Random::new(generator.settings.seed, purpose::SHUFFLE, 0);
                let permutation = Permutation::new(places.count, &mut keys);
                Source::Shuffled { places, permutation, next: 0, planted: Vec::new() }
            }
        };
        Self { generator, source }
    }
}

impl Iterator for Rows<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        match &mut self.source {
            Source::ByHour { hours, newest_first, hour } => loop {
                if let Some(record) = hour.next(self.generator, *newest_first) {
                    return Some(record);
                }
                let next = if *newest_first { hours.next_back() } else { hours.next() };
                hour.fill(self.generator, next?);
            },
            Source::Shuffled { places, permutation, next, planted } => {
                if *next == places.count {
                    return None;
                }
                let index = permutation.apply(*next);
                *next += 1;
                Some(places.record(self.generator, index, planted))
            }
        }
    }
}

/// The rows of one hour by time: their keys, made into records one by one.
#[derive(Debug, Default)]
struct HourRows {
    hour: i64,
    records: u64,
    /// minute, number in the hour, whether it is the correction: in one number that sorts
    keys: Vec<u64>,
    planted: Vec<Planted>,
    taken: usize,
}

const NUMBER_BITS: u32 = 48;

fn key(minute: u8, number: u64, correction: bool) -> u64 {
    (u64::from(minute) << (NUMBER_BITS + 1)) | (number << 1) | u64::from(correction)
}

impl HourRows {
    fn fill(&mut self, generator: &Generator, hour: i64) {
        let Hour { records, corrections } = generator.hour(hour);
        generator.planted(hour, &mut self.planted);
        (self.hour, self.records, self.taken) = (hour, records, 0);
        self.keys.clear();
        self.keys
            .extend((0..records).map(|number| key(generator.minute(hour, number), number, false)));
        self.keys.extend((0..corrections).map(|index| {
            let number = generator.corrected(hour, records, index);
            key(generator.minute(hour, number), number, true)
        }));
        self.keys.extend(self.planted.iter().enumerate().map(|(index, &planted)| {
            let number = planted_number(generator, index);
            key(generator.planted_minute(planted), number, false)
        }));
        self.keys.sort_unstable();
    }

    fn next(&mut self, generator: &Generator, newest_first: bool) -> Option<Record> {
        let left = self.keys.len() - self.taken;
        let index = if newest_first { left.checked_sub(1)? } else { self.taken };
        let key = *self.keys.get(index)?;
        self.taken += 1;
        let number = (key >> 1) & ((1 << NUMBER_BITS) - 1);
        Some(if number >= self.records {
            let planted = self.planted[planted_index(generator, number)];
            generator.planted_record(self.hour, number, planted)
        } else {
            let record = generator.record(self.hour, number);
            if key & 1 == 1 { generator.corrected_record(record) } else { record }
        })
    }
}

/// Planted records take an hour's numbers from the end.
fn planted_number(generator: &Generator, index: usize) -> u64 {
    generator.ids_per_hour - 1 - index as u64
}

fn planted_index(generator: &Generator, number: u64) -> usize {
    (generator.ids_per_hour - 1 - number) as usize
}

/// Where each hour's rows begin among all rows.
#[derive(Debug)]
struct Places {
    begins: Vec<(u64, Hour)>,
    first_hour: i64,
    count: u64,
}

impl Places {
    fn new(generator: &Generator) -> Self {
        let mut planted = Vec::new();
        let mut count = 0;
        let begins = generator.hours.clone().map(|hour| {
            let begin = count;
            let of = generator.hour(hour);
            generator.planted(hour, &mut planted);
            count += of.records + of.corrections + planted.len() as u64;
            (begin, of)
        });
        let begins = begins.collect();
        Self { begins, first_hour: generator.hours.start, count }
    }

    /// The row with this index: an hour has its records, then its corrections, then what is planted.
    fn record(&self, generator: &Generator, index: u64, planted: &mut Vec<Planted>) -> Record {
        let place = self.begins.partition_point(|(begin, _)| *begin <= index) - 1;
        let (begin, Hour { records, corrections }) = self.begins[place];
        let hour = self.first_hour + place as i64;
        let index = index - begin;
        if index < records {
            generator.record(hour, index)
        } else if index < records + corrections {
            let number = generator.corrected(hour, records, index - records);
            generator.corrected_record(generator.record(hour, number))
        } else {
            let index = (index - records - corrections) as usize;
            generator.planted(hour, planted);
            generator.planted_record(hour, planted_number(generator, index), planted[index])
        }
    }
}
