//! A file of any bytes: reading ends, nothing panics, every record that comes out is a whole one, and the order in which
//! rows are read changes nothing of them.

use std::io::Cursor;
use std::path::Path;

use crate::columns::Column;
use crate::encode::Encoder;
use crate::input::Input;
use crate::observe::{Observer, Stage};
use crate::order::{Order, Ordered, Reading, TimeRange};
use crate::record::{Broken, Reason, Record, Row};
use crate::source::{Limits, Source as _};

/// Small enough that damaged files reach it.
const ROW_LIMIT: usize = 600;

/// The middle of the times in good files: some of their rows are in the future.
const LATEST: i64 = 1_516_406_400_000;

/// Reads a file in both orders and checks all that must hold.
///
/// # Panics
/// Where something does not hold.
pub fn order(file: &[u8]) {
    let given = read(file, Order::AsGiven);
    let sorted = read(file, Order::EventTime);
    let (Some(mut given), Some(sorted)) = (given, sorted) else { return };
    assert!(sorted.records.is_sorted_by_key(|record| record.0), "out of order");
    given.records.sort_by_key(|record| record.0);
    assert_eq!(given.records, sorted.records, "another order gives other records");
    assert_eq!(given.broken, sorted.broken, "another order gives other broken rows");
}

#[derive(Default)]
struct Found {
    /// event time and value
    records: Vec<(i64, String)>,
    /// line and reason
    broken: Vec<(u64, Reason)>,
}

impl Observer for Found {
    fn broken(&mut self, _: &str, broken: &Broken) {
        assert!(!broken.detail.is_empty() && broken.place.line > 0, "{broken:?}");
        self.broken.push((broken.place.line, broken.reason));
    }
    fn progress(&mut self, _: Stage, _: u64, _: Option<u64>) {}
    fn stopped(&self) -> bool {
        false
    }
}

/// All that a file gives; none if it is refused or breaks off as a whole.
fn read(file: &[u8], order: Order) -> Option<Found> {
    let mut found = Found::default();
    let input = Input::stream("damaged", Box::new(Cursor::new(file.to_vec()))).ok()?;
    let reading = Reading {
        order,
        range: TimeRange::default(),
        limits: Limits { row_bytes: ROW_LIMIT, latest: Some(LATEST) },
        spool_folder: spool_folder(),
    };
    let (mut records, _) = Ordered::new(vec![input], &reading, &mut found).ok()?;
    let mut encoder = Encoder::default();
    while let Some(row) = records.next().ok()? {
        match row {
            Row::Broken(broken) => found.broken("damaged", &broken),
            Row::Whole(record) => {
                let value = std::str::from_utf8(encoder.encode(&record)).expect("UTF-8");
                compare(&record, value);
                found.records.push((record.event_time, value.to_owned()));
            }
        }
    }
    Some(found)
}

/// What serde_json reads of a value is what the record says.
fn compare(record: &Record<'_>, value: &str) {
    assert!(record.event_time > 0 && record.event_time <= LATEST && record.event_time % 1000 == 0);
    let json: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(value).expect("JSON");
    assert_eq!(json.len(), Column::ALL.len());
    for column in Column::ALL {
        let text = json[column.key()].as_str().expect("a text");
        match column {
            Column::Date => {
                assert_eq!(crime_core::date::parse(text), Some(record.event_time));
            }
            Column::UpdatedOn => {
                let seconds =
                    |text| crime_core::date::parse(text).map(|time| time.div_euclid(1000));
                assert_eq!(seconds(text), seconds(record.field(column)));
            }
            _ => assert_eq!(text, record.field(column)),
        }
    }
}

/// Where no disk is written to, if there is such a place: a file is spooled for every input that is tried.
fn spool_folder() -> std::path::PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}

/// Good files, damaged at random, but the same every time: `FUZZ_SEED` and `FUZZ_ROUNDS` choose others and more, for
/// instance `FUZZ_ROUNDS=1000000 FUZZ_SEED=$RANDOM cargo test --release -p crimes-producer damaged`. A failure says its
/// seed. It knows what files look like, which the fuzzer that is led by coverage does not.
#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::columns::Dialect;

    #[test]
    fn damaged_files_give_whole_records_or_sentences() {
        let number = |name: &str, default: u64| {
            std::env::var(name).map_or(default, |text| text.parse().expect(name))
        };
        let (seed, rounds) = (number("FUZZ_SEED", 1), number("FUZZ_ROUNDS", 3000));
        let good = good_files();
        for round in 0..rounds {
            let mut chance =
                Chance::of(seed.wrapping_add(round.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
            let file = damaged(&good, &mut chance);
            let checked = catch_unwind(AssertUnwindSafe(|| order(&file)));
            assert!(
                checked.is_ok(),
                "round {round} of seed {seed} failed with a file of {} bytes: {:?}",
                file.len(),
                String::from_utf8_lossy(&file)
            );
        }
    }

    /// Files without a fault, in every form.
    fn good_files() -> Vec<Vec<u8>> {
        let mut files = Vec::new();
        for dialect in Dialect::ALL {
            let mut file =
                Column::ALL.map(|column| dialect.spelling(column).into_owned()).join(",");
            for id in 0..12_u32 {
                let date = match dialect {
                    Dialect::Api => format!("2018-01-{:02}T12:00:00.000", 20 - id),
                    _ => format!("01/{:02}/2018 09:05:07 PM", 20 - id),
                };
                let texts = Column::ALL.map(|column| match column {
                    Column::Id => (1000 + id).to_string(),
                    Column::Date | Column::UpdatedOn => date.clone(),
                    // most rows hold nothing that JSON escapes: they are written on another way
                    Column::Description if id % 4 == 1 => "\"OVER \"\"500\"\", or not\"".to_owned(),
                    Column::LocationDescription if id % 3 == 0 => {
                        "\"STREET\n€ SIDE\\WALK\"".to_owned()
                    }
                    Column::District => "007".to_owned(),
                    Column::Location => "\"(41.8, -87.6)\"".to_owned(),
                    _ => String::new(),
                });
                file.push_str(if id % 4 == 0 { "\r\n" } else { "\n" });
                file.push_str(&texts.join(","));
            }
            files.push(file.into_bytes());
        }
        let mut lines = String::new();
        for id in 0..12_u32 {
            lines.push_str(&format!(
                "{{\"id\":\"{id}\",\"Date\":\"2018-01-{:02}T12:00:00\",\"Primary Type\":\"A{} \\u20ac\",\
                 \"arrest\":true,\"location\":{{\"latitude\":\"41.8\",\"longitude\":-87.6}},\"ward\":null,\"x\":[1,{{}}]}}\n",
                20 - id,
                if id % 4 == 1 { " \\\"B\\\"" } else { "" }
            ));
        }
        files.push(lines.into_bytes());
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(&files[0]).unwrap();
        files.push(packed.finish().unwrap());
        files
    }

    /// Bytes that mean something to someone.
    const TELLING: [&[u8]; 14] = [
        b"\"",
        b"\"\"",
        b",",
        b"\n",
        b"\r",
        b"\r\n",
        b"\0",
        b"\xff",
        b"\xe2\x82",
        b"\\",
        b"{",
        b"}",
        b"\xef\xbb\xbf",
        b"\x1f\x8b\x08",
    ];

    /// One of the files, damaged in a few places.
    fn damaged(good: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
        let mut file = good[chance.below(good.len())].clone();
        for _ in 0..=chance.below(4) {
            let at = chance.below(file.len() + 1);
            let end = (at + chance.below(40)).min(file.len());
            match chance.below(7) {
                0 => {
                    drop(file.splice(at..at, TELLING[chance.below(TELLING.len())].iter().copied()))
                }
                1 => {
                    drop(file.splice(at..end, TELLING[chance.below(TELLING.len())].iter().copied()))
                }
                2 => drop(file.drain(at..end)),
                3 => {
                    let copy = file[at..end].to_vec();
                    let to = chance.below(file.len() + 1);
                    file.splice(to..to, copy);
                }
                4 => file.truncate(at),
                5 => drop(file.splice(at..at, vec![b'x'; chance.below(2 * ROW_LIMIT)])),
                _ if at < file.len() => file[at] ^= 1 << chance.below(8),
                _ => {}
            }
        }
        file
    }

    /// Numbers by chance, the same for the same seed (xorshift64*).
    struct Chance(u64);

    impl Chance {
        fn of(seed: u64) -> Self {
            Self(seed | 1)
        }

        fn below(&mut self, end: usize) -> usize {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
            usize::try_from(number).unwrap() % end.max(1)
        }
    }
}
