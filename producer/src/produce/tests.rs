use std::cell::Cell;
use std::collections::VecDeque;

use super::*;
use crate::columns::Layout;
use crate::sink::Acknowledged;
use crate::source::CsvSource;
use crate::source::tests::{HEADER, limits, row};

/// A sink that acknowledges what it is told to, in whatever order.
#[derive(Default)]
struct Scripted {
    sent: Vec<u64>,
    keys: Vec<Option<String>>,
    /// numbers that fail
    failing: Vec<u64>,
    /// breaks when this number is sent
    breaks_at: Option<u64>,
    /// takes nothing from this number on
    full_at: Option<u64>,
    deliveries: Deliveries,
    finished: Option<&'static str>,
}

impl Sink for Scripted {
    fn send(
        &mut self,
        message: Message<'_>,
        stopped: &dyn Fn() -> bool,
    ) -> Result<bool, SinkError> {
        if self.full_at.is_some_and(|full| message.number >= full) {
            assert!(stopped(), "would wait for ever");
            return Ok(false);
        }
        if self.breaks_at == Some(message.number) {
            return Err(SinkError::Broken { topic: "t".into(), cause: "it broke".into() });
        }
        self.sent.push(message.number);
        self.keys.push(message.key.map(str::to_owned));
        self.deliveries.sent += 1;
        if !self.failing.contains(&message.number) {
            self.deliveries.acknowledged += 1;
            self.deliveries.numbers.insert(message.number);
        }
        Ok(true)
    }
    fn wait(&mut self, duration: Duration) {
        std::thread::sleep(duration);
    }
    fn finish(&mut self, _: Duration) -> Result<(), SinkError> {
        self.finished = Some("finish");
        Ok(())
    }
    fn abandon(&mut self, _: Duration) -> Result<(), SinkError> {
        self.finished = Some("abandon");
        Ok(())
    }
    fn deliveries(&self) -> Deliveries {
        self.deliveries.clone()
    }
}

#[derive(Default)]
struct Told {
    broken: Vec<u64>,
    looks: Cell<u64>,
    /// says to stop after so many looks
    stop_after: Option<u64>,
}

impl Observer for Told {
    fn broken(&mut self, _: &str, broken: &Broken) {
        self.broken.push(broken.place.line);
    }
    fn progress(&mut self, _: Stage, _: u64, _: Option<u64>) {}
    fn stopped(&self) -> bool {
        self.looks.set(self.looks.get() + 1);
        self.stop_after.is_some_and(|most| self.looks.get() > most)
    }
}

fn source(rows: &[String]) -> CsvSource<VecDeque<u8>> {
    let names: Vec<&str> = HEADER.split(',').collect();
    let bytes: VecDeque<u8> = rows.concat().into_bytes().into();
    CsvSource::new(bytes, &Layout::of(&names).unwrap(), limits(1000), 0, 0, 2)
}

fn rows(count: u32) -> Vec<String> {
    (0..count).map(|id| row(id) + "\n").collect()
}

fn options() -> Options {
    Options { finish_timeout: Duration::from_secs(1), ..Options::default() }
}

fn run(rows: &[String], sink: &mut Scripted, options: &Options, told: &mut Told) -> Summary {
    produce(&mut source(rows), sink, None, &[], options, told)
}

#[test]
fn whole_rows_are_sent_and_broken_ones_told() {
    let mut all = rows(3);
    all[1] = "x\n".to_owned();
    all[2] = all[2].replace(",007,", ",,");
    let (mut sink, mut told) = (Scripted::default(), Told::default());
    let summary = run(&all, &mut sink, &options(), &mut told);
    assert!(matches!(summary.ended, Ended::Complete));
    assert_eq!((summary.records, summary.without_district, sink.finished), (2, 1, Some("finish")));
    assert_eq!(summary.broken, BTreeMap::from([(Reason::FieldCount, 1)]));
    assert_eq!(told.broken, [3]);
    assert_eq!(sink.keys, [Some("007".to_owned()), None]);
    assert_eq!(summary.event_times, Some((1_514_808_000_000, 1_514_808_000_000)));
}

#[test]
fn strictness_stops_at_the_first_broken_row() {
    let mut all = rows(3);
    all[1] = "x\n".to_owned();
    let mut sink = Scripted::default();
    let strict = Options { strict: true, ..options() };
    let summary = run(&all, &mut sink, &strict, &mut Told::default());
    assert!(matches!(summary.ended, Ended::Strict(broken) if broken.place.line == 3));
    assert_eq!((sink.sent, sink.finished), (vec![0], Some("abandon")));
}

#[test]
fn a_limit_ends_in_order() {
    let mut sink = Scripted::default();
    let limited = Options { limit: Some(2), ..options() };
    let summary = run(&rows(5), &mut sink, &limited, &mut Told::default());
    assert!(matches!(summary.ended, Ended::Complete));
    assert_eq!((sink.sent, sink.finished), (vec![0, 1], Some("finish")));
}

#[test]
fn a_sink_that_breaks_ends_it() {
    let mut sink = Scripted { breaks_at: Some(2), ..Scripted::default() };
    let summary = run(&rows(5), &mut sink, &options(), &mut Told::default());
    assert!(matches!(summary.ended, Ended::Sink(_)));
    assert_eq!((summary.records, sink.finished), (2, Some("abandon")));
}

#[test]
fn a_user_who_wants_to_stop_is_heard_while_reading_waiting_and_sending() {
    let mut sink = Scripted::default();
    let mut told = Told { stop_after: Some(1), ..Told::default() };
    let summary = run(&rows(5000), &mut sink, &options(), &mut told);
    assert!(matches!(summary.ended, Ended::Stopped));
    assert_eq!(sink.sent.len(), 1024);

    let slow = Options { pace: Pace::Rate(0.01), ..options() };
    let mut told = Told { stop_after: Some(2), ..Told::default() };
    let summary = run(&rows(5), &mut Scripted::default(), &slow, &mut told);
    assert!(matches!(summary.ended, Ended::Stopped) && summary.records == 1);

    let mut sink = Scripted { full_at: Some(3), ..Scripted::default() };
    let mut told = Told { stop_after: Some(1), ..Told::default() };
    let summary = run(&rows(5), &mut sink, &options(), &mut told);
    assert!(matches!(summary.ended, Ended::Stopped) && summary.records == 3);
}

#[test]
fn a_pace_is_kept() {
    let mut sink = Scripted::default();
    let paced = Options { pace: Pace::Rate(50.0), ..options() };
    let summary = run(&rows(11), &mut sink, &paced, &mut Told::default());
    // ten of them are due after 20 ms each; the last may go 10 ms early
    assert!(summary.elapsed >= Duration::from_millis(185), "{:?}", summary.elapsed);
}

/// Remembers in memory, or fails to.
#[derive(Default)]
struct Notes {
    before: Acknowledged,
    kept: Option<Acknowledged>,
    full: bool,
}

impl Memory for Notes {
    fn was_acknowledged(&self, number: u64) -> bool {
        self.before.contains(number)
    }
    fn keep(&mut self, deliveries: &Deliveries) -> io::Result<()> {
        if self.full {
            return Err(io::Error::other("no room"));
        }
        let mut all = self.before.clone();
        (0..1000).filter(|&n| deliveries.numbers.contains(n)).for_each(|n| all.insert(n));
        self.kept = Some(all);
        Ok(())
    }
}

#[test]
fn what_was_acknowledged_before_is_not_sent_again() {
    let mut sink = Scripted { failing: vec![4], ..Scripted::default() };
    let mut notes = Notes { before: Acknowledged::of(2, &[(3, 4)]), ..Notes::default() };
    let summary = produce(
        &mut source(&rows(6)),
        &mut sink,
        Some(&mut notes),
        &[],
        &options(),
        &mut Told::default(),
    );
    assert_eq!(sink.sent, [2, 4, 5]);
    assert_eq!((summary.records, summary.sent_before), (6, 3));
    let kept = notes.kept.unwrap();
    assert_eq!((kept.prefix(), kept.beyond()), (4, vec![(5, 6)]));
}

#[test]
fn what_can_not_be_remembered_is_an_error() {
    let mut notes = Notes { full: true, ..Notes::default() };
    let (mut sink, mut told) = (Scripted::default(), Told::default());
    let summary =
        produce(&mut source(&rows(2)), &mut sink, Some(&mut notes), &[], &options(), &mut told);
    assert!(matches!(summary.ended, Ended::Memory(_)));
}
