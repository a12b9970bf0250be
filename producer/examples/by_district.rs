//! The parts of the producer in a program of one's own: the records of a file, in the order of the crimes, sixty times as
//! fast as they happened, to a sink that counts them by district instead of sending them.
//!
//! ```text
//! cargo run -p crimes-producer --example by_district -- crimes.csv
//! ```

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use crimes_producer::input::Input;
use crimes_producer::observe::{Observer, Stage};
use crimes_producer::order::{Order, Ordered, Reading, TimeRange};
use crimes_producer::pace::Pace;
use crimes_producer::produce::{Options, produce};
use crimes_producer::record::Broken;
use crimes_producer::sink::{Deliveries, Message, Sink, SinkError};
use crimes_producer::source::Limits;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("which file?")?;
    let input = Input::file(Path::new(&path))?;
    eprintln!("{}: {}", input.name(), input.format().described());

    // Source: one file or many, in event-time order
    let reading = Reading {
        order: Order::EventTime,
        range: TimeRange { from: None, until: None },
        limits: Limits { row_bytes: 262_144, latest: None },
        spool_folder: std::env::temp_dir(),
    };
    let (mut records, arrangement) = Ordered::new(vec![input], &reading, &mut Tell)?;
    eprintln!("{arrangement:?}");

    // Pace and sink: a minute a second, to a sink of one's own
    let options = Options { pace: Pace::Speed(60.0), limit: Some(1000), ..Options::default() };
    let mut sink = ByDistrict::default();
    let summary = produce(&mut records, &mut sink, None, &[path], &options, &mut Tell);

    for (district, count) in &sink.counts {
        eprintln!("{district:>4} {count:>6}");
    }
    eprintln!("{} records, {:?}", summary.records, summary.ended);
    Ok(())
}

/// Counts messages by their key, and takes each for acknowledged.
#[derive(Default)]
struct ByDistrict {
    counts: BTreeMap<String, u64>,
    deliveries: Deliveries,
}

impl Sink for ByDistrict {
    fn send(&mut self, message: Message<'_>, _: &dyn Fn() -> bool) -> Result<bool, SinkError> {
        *self.counts.entry(message.key.unwrap_or("none").to_owned()).or_default() += 1;
        self.deliveries.sent += 1;
        self.deliveries.acknowledged += 1;
        Ok(true)
    }

    fn wait(&mut self, duration: Duration) {
        std::thread::sleep(duration);
    }

    fn finish(&mut self, _: Duration) -> Result<(), SinkError> {
        Ok(())
    }

    fn abandon(&mut self, _: Duration) -> Result<(), SinkError> {
        Ok(())
    }

    fn deliveries(&self) -> Deliveries {
        self.deliveries.clone()
    }
}

/// Tells broken rows.
struct Tell;

impl Observer for Tell {
    fn broken(&mut self, input: &str, broken: &Broken) {
        eprintln!("{input}:{}: {broken}", broken.place.line);
    }

    fn progress(&mut self, _: Stage, _: u64, _: Option<u64>) {}

    fn stopped(&self) -> bool {
        false
    }
}
