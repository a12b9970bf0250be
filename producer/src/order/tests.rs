use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::columns::Column;
use crate::record::{Broken, Reason};
use crate::source::tests::HEADER;

/// A row with a time of its own.
fn row(id: usize, second: u32) -> String {
    let (minute, second) = (second / 60 % 60, second % 60);
    format!("{id},JB,2018-01-01T12:{minute:02}:{second:02},B,,,\"a,\"\"b\"\"\",,,,,007,,,,,,,,,,\n")
}

fn file(rows: &[String]) -> Vec<u8> {
    format!("{HEADER}\n{}", rows.concat()).into_bytes()
}

fn written(folder: &TempDir, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    path
}

fn zipped(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[derive(Default)]
struct Told {
    broken: Vec<(String, u64, Reason)>,
    stages: Vec<Stage>,
    stop: bool,
}

impl Observer for Told {
    fn broken(&mut self, input: &str, broken: &Broken) {
        self.broken.push((input.to_owned(), broken.place.line, broken.reason));
    }
    fn progress(&mut self, stage: Stage, _: u64, _: Option<u64>) {
        self.stages.push(stage);
    }
    fn stopped(&self) -> bool {
        self.stop
    }
}

fn reading(order: Order) -> Reading {
    Reading {
        order,
        range: TimeRange::default(),
        limits: Limits { row_bytes: 1000, latest: None },
        spool_folder: std::env::temp_dir(),
    }
}

/// IDs in the order in which they come, and how that order was found.
fn ids(inputs: Vec<Input>, order: Order, told: &mut Told) -> (Vec<String>, Arrangement) {
    let (mut ordered, arrangement) = Ordered::new(inputs, &reading(order), told).unwrap();
    let mut ids = Vec::new();
    while let Some(row) = ordered.next().unwrap() {
        match row {
            Row::Whole(record) => {
                assert_eq!(record.field(Column::Description), "a,\"b\"");
                ids.push(record.field(Column::Id).to_owned());
            }
            Row::Broken(broken) => {
                told.broken.push((String::new(), broken.place.line, broken.reason))
            }
        }
    }
    (ids, arrangement)
}

fn open(path: &Path) -> Input {
    Input::file(path).unwrap()
}

#[test]
fn rows_in_order_stream_straight_through() {
    let folder = TempDir::new().unwrap();
    let content = file(&[row(1, 10), row(2, 10), row(3, 11)]);
    for path in [written(&folder, "a.csv", &content), written(&folder, "a.gz", &zipped(&content))] {
        let mut told = Told::default();
        let (ids, how) = ids(vec![open(&path)], Order::EventTime, &mut told);
        assert_eq!((ids.join(" "), how), ("1 2 3".to_owned(), Arrangement::InOrder(3)));
        assert!(!told.stages.contains(&Stage::Spooling));
    }
}

#[test]
fn rows_of_several_files_are_put_in_one_order() {
    let folder = TempDir::new().unwrap();
    let plain = written(&folder, "a.csv", &file(&[row(1, 30), row(2, 10)]));
    let packed =
        written(&folder, "b.csv.gz", &zipped(&file(&[row(3, 20), row(4, 10), row(5, 30)])));
    let mut told = Told::default();
    let inputs = vec![open(&plain), open(&packed)];
    let (ids, how) = ids(inputs, Order::EventTime, &mut told);
    assert_eq!((ids.join(" "), how), ("2 4 3 1 5".to_owned(), Arrangement::Indexed(5)));
    assert!(told.stages.contains(&Stage::Spooling));
}

#[test]
fn a_stream_is_put_in_order_or_passed_on_as_it_comes() {
    let content = zipped(&file(&[row(1, 20), row(2, 10)]));
    let stream =
        || Input::stream("a stream", Box::new(std::io::Cursor::new(content.clone()))).unwrap();
    let (sorted, _) = ids(vec![stream()], Order::EventTime, &mut Told::default());
    assert_eq!(sorted.join(" "), "2 1");
    let (given, how) = ids(vec![stream()], Order::AsGiven, &mut Told::default());
    assert_eq!((given.join(" "), how), ("1 2".to_owned(), Arrangement::AsGiven));
}

#[test]
fn broken_rows_are_told_once_with_their_line_whatever_the_order() {
    let folder = TempDir::new().unwrap();
    for (rows, how) in [
        ([row(1, 10), "2,x\n".to_owned(), row(3, 11)], Arrangement::InOrder(2)),
        ([row(1, 11), "2,x\n".to_owned(), row(3, 10)], Arrangement::Indexed(2)),
    ] {
        let path = written(&folder, "a.csv", &file(&rows));
        let mut told = Told::default();
        let (ids, found) = ids(vec![open(&path)], Order::EventTime, &mut told);
        assert_eq!((ids.len(), found), (2, how));
        let places: Vec<_> = told.broken.iter().map(|(_, line, reason)| (*line, *reason)).collect();
        assert_eq!(places, [(3, Reason::FieldCount)], "{how:?}");
    }
}

/// A record with a wrong year is no record, wherever it stands: it neither makes rows seem to be out of order nor is it sent.
#[test]
fn records_behind_the_latest_time_are_broken_rows() {
    let folder = TempDir::new().unwrap();
    let limits = Limits { latest: Some(1_514_808_040_000), ..reading(Order::EventTime).limits };
    let wrong = || row(9, 50).replace("2018", "2102");
    for (rows, how, line) in [
        ([wrong(), row(1, 30), row(2, 40)], Arrangement::InOrder(2), 2),
        ([row(1, 40), wrong(), row(2, 30)], Arrangement::Indexed(2), 3),
    ] {
        for order in [Order::EventTime, Order::AsGiven] {
            let path = written(&folder, "a.csv", &file(&rows));
            let mut told = Told::default();
            let reading = Reading { limits, ..reading(order) };
            let (mut ordered, found) =
                Ordered::new(vec![open(&path)], &reading, &mut told).unwrap();
            assert!(order == Order::AsGiven || found == how, "{found:?}");
            let mut records = 0;
            while let Some(row) = ordered.next().unwrap() {
                match row {
                    Row::Whole(record) => {
                        assert!(record.event_time <= 1_514_808_040_000);
                        records += 1;
                    }
                    Row::Broken(broken) => told.broken("", &broken),
                }
            }
            let broken: Vec<_> = told.broken.iter().map(|it| (it.1, it.2)).collect();
            assert_eq!((records, broken), (2, vec![(line, Reason::Future)]), "{order:?}");
        }
    }
}

#[test]
fn only_records_of_the_range_come() {
    let folder = TempDir::new().unwrap();
    let start = 1_514_808_000_000;
    for seconds in [[10, 20, 30, 40], [40, 10, 30, 20]] {
        let rows: Vec<String> =
            seconds.iter().map(|&second| row(second as usize, second)).collect();
        let path = written(&folder, "a.csv", &file(&rows));
        let range = TimeRange { from: Some(start + 20_000), until: Some(start + 40_000) };
        let reading = Reading { range, ..reading(Order::EventTime) };
        let (mut ordered, arrangement) =
            Ordered::new(vec![open(&path)], &reading, &mut Told::default()).unwrap();
        assert!(matches!(arrangement, Arrangement::InOrder(2) | Arrangement::Indexed(2)));
        assert_eq!(ordered.earliest(), range.from);
        for _ in 0..2 {
            let mut found = Vec::new();
            while let Some(Row::Whole(record)) = ordered.next().unwrap() {
                found.push(record.field(Column::Id).to_owned());
            }
            assert_eq!(found, ["20", "30"], "{seconds:?}");
            ordered.rewind().unwrap();
        }
    }
}

#[test]
fn rounds_follow_each_other_by_whole_weeks() {
    let folder = TempDir::new().unwrap();
    let rows = [row(1, 30), "x\n".to_owned(), row(2, 10)];
    let path = written(&folder, "a.csv", &file(&rows));
    for order in [Order::EventTime, Order::AsGiven] {
        let mut told = Told::default();
        let (ordered, _) = Ordered::new(vec![open(&path)], &reading(order), &mut told).unwrap();
        let mut rounds = Rounds::of(ordered, Some(3));
        let (mut times, mut broken) = (Vec::new(), told.broken.len());
        while let Some(row) = rounds.next().unwrap() {
            match row {
                Row::Whole(record) => times.push((record.event_time, record.shift)),
                Row::Broken(_) => broken += 1,
            }
        }
        assert_eq!((times.len(), broken), (6, 1), "{order:?}");
        for (first, later) in times.iter().zip(&times[2..]) {
            assert_eq!((later.0 - first.0, later.1 - first.1), (WEEK, WEEK));
        }
    }
}

#[test]
fn rounds_over_nothing_end() {
    let folder = TempDir::new().unwrap();
    let path = written(&folder, "a.csv", &file(&[]));
    let (ordered, _) =
        Ordered::new(vec![open(&path)], &reading(Order::EventTime), &mut Told::default()).unwrap();
    assert!(Rounds::of(ordered, None).next().unwrap().is_none());
}

#[test]
fn bounds_are_days_or_times() {
    assert_eq!(TimeRange::bound("2018-01-01"), Some(1_514_764_800_000));
    assert_eq!(TimeRange::bound("2018-01-01T12:00:00"), Some(1_514_808_000_000));
    assert_eq!(TimeRange::bound("01/01/2018 12:00:00 PM"), Some(1_514_808_000_000));
    assert_eq!(TimeRange::bound("yesterday"), None);
}

#[test]
fn what_can_not_be_put_anywhere_is_an_error() {
    let content = file(&[row(1, 20), row(2, 10)]);
    let input = Input::stream("a stream", Box::new(std::io::Cursor::new(content))).unwrap();
    let nowhere = Reading { spool_folder: "/no/such/folder".into(), ..reading(Order::EventTime) };
    let error = Ordered::new(vec![input], &nowhere, &mut Told::default()).err().unwrap();
    assert!(error.to_string().contains("/no/such/folder"), "{error}");
}

#[test]
fn a_user_who_wants_to_stop_is_heard() {
    let folder = TempDir::new().unwrap();
    let rows: Vec<String> = (0..10_000).map(|id| row(id, 0)).collect();
    let path = written(&folder, "a.csv", &file(&rows));
    let mut told = Told { stop: true, ..Told::default() };
    let error = Ordered::new(vec![open(&path)], &reading(Order::EventTime), &mut told).err();
    assert!(matches!(error, Some(InputError::Stopped)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn the_order_is_a_stable_sort_by_time(
        files in proptest::collection::vec(proptest::collection::vec(0_u32..5, 0..30), 1..4)
    ) {
        let folder = TempDir::new().unwrap();
        let mut expected = Vec::new();
        let mut inputs = Vec::new();
        for (number, seconds) in files.iter().enumerate() {
            let rows: Vec<(u32, usize)> =
                seconds.iter().enumerate().map(|(i, &second)| (second, number * 100 + i)).collect();
            let texts: Vec<String> = rows.iter().map(|&(second, id)| row(id, second)).collect();
            inputs.push(open(&written(&folder, &format!("{number}.csv"), &file(&texts))));
            expected.extend(rows);
        }
        expected.sort_by_key(|&(second, _)| second);
        let expected: Vec<String> = expected.into_iter().map(|(_, id)| id.to_string()).collect();
        let (found, _) = ids(inputs, Order::EventTime, &mut Told::default());
        prop_assert_eq!(found, expected);
    }
}
