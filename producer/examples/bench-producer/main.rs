//! Where the time of a producer goes, and how it compares with Kafka's own performance test in the same run.
//!
//! ```text
//! cargo run --release -p crimes-producer --example bench-producer -- FILE [BOOTSTRAP [CLASSPATH]]
//! ```
//!
//! With a file alone it measures reading and encoding on one thread, beside a plain loop over the csv crate. With a
//! broker it sends the file too, uncompressed and compressed, to topics of its own that it deletes again. With the class
//! path of Kafka's tools it also runs `org.apache.kafka.tools.ProducerPerformance` against the same broker with the same
//! values, and prints the ratios.

mod kafka;
mod perf_test;
mod plain_loop;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crimes_producer::encode::Encoder;
use crimes_producer::input::Input;
use crimes_producer::observe::{Observer, Stage};
use crimes_producer::order::{Order, Ordered, Reading, TimeRange};
use crimes_producer::record::{Broken, Row};
use crimes_producer::source::{Limits, Source as _};

/// Runs of each measurement; the best counts, since everything that disturbs only makes it slower.
const RUNS: usize = 3;

const LIMITS: Limits = Limits { row_bytes: 1 << 18, latest: None };

type Failed = Box<dyn std::error::Error>;

fn main() -> Result<(), Failed> {
    let mut arguments = std::env::args().skip(1);
    let file = PathBuf::from(arguments.next().ok_or("FILE [BOOTSTRAP [CLASSPATH]] is wanted")?);
    let (bootstrap, classpath) = (arguments.next(), arguments.next());
    let rows = reading(&file)?;
    let Some(bootstrap) = bootstrap else { return Ok(()) };
    let values = values(&file)?;
    // a broker that has just been started is slow: nothing of this counts
    kafka::send(&file, &bootstrap, "none")?;
    say(format_args!("\nrecords/s, and what each costs on a processor"));
    say(format_args!(
        "{:<12}{:>12}{:>14}{:>8}{:>14}{:>14}",
        "compression", "this", "perf test", "ratio", "this thread", "client"
    ));
    for compression in ["none", "lz4", "zstd"] {
        let (mut best, mut theirs) = (None::<kafka::Sent>, None::<f64>);
        for _ in 0..RUNS {
            let sent = kafka::send(&file, &bootstrap, compression)?;
            if best.as_ref().is_none_or(|best| sent.elapsed < best.elapsed) {
                best = Some(sent);
            }
            for batch_size in perf_test::BATCH_SIZES {
                let Some(classpath) = &classpath else { continue };
                let rate = perf_test::run(
                    classpath,
                    &bootstrap,
                    compression,
                    batch_size,
                    values.path(),
                    rows,
                )?;
                theirs = Some(theirs.unwrap_or_default().max(rate));
            }
        }
        let Some(best) = best else { continue };
        let ours = rows as f64 / best.elapsed.as_secs_f64();
        let each = |time: Duration| format!("{} ns", time.as_nanos() / u128::from(rows.max(1)));
        let (theirs, ratio) = match theirs {
            Some(theirs) => (format!("{theirs:.0}"), format!("{:.2}", ours / theirs)),
            None => ("-".to_owned(), "-".to_owned()),
        };
        let (this_thread, client) = (each(best.this_thread), each(best.client));
        say(format_args!(
            "{compression:<12}{ours:>12.0}{theirs:>14}{ratio:>8}{this_thread:>14}{client:>14}"
        ));
    }
    Ok(())
}

/// Measures what happens before anything is sent, and gives the number of rows.
fn reading(file: &Path) -> Result<u64, Failed> {
    let mut rows = 0;
    let mut measure =
        |what: &str, pass: &dyn Fn(&Path) -> Result<u64, Failed>| -> Result<f64, Failed> {
            let mut least = Duration::MAX;
            for _ in 0..RUNS {
                let start = on_processor("thread-self")?;
                rows = pass(file)?;
                least = least.min(on_processor("thread-self")? - start);
            }
            let (rate, nanos) =
                (rows as f64 / least.as_secs_f64(), least.as_nanos() as f64 / rows.max(1) as f64);
            say(format_args!("{what:<44}{rate:>12.0} rows/s{nanos:>8.0} ns"));
            Ok(rate)
        };
    measure("parse", &|file| each(file, |_| 0))?;
    let encode = measure("parse, encode", &|file| {
        let mut encoder = Encoder::default();
        each(file, |record| encoder.encode(record).len())
    })?;
    let whole = measure("order, parse, encode", &|file| {
        let (mut records, _) =
            Ordered::new(vec![Input::file(file)?], &by_event_time(), &mut Silent)?;
        let mut encoder = Encoder::default();
        let mut rows = 0;
        while let Some(row) = records.next()? {
            if let Row::Whole(record) = row {
                std::hint::black_box(encoder.encode(&record));
                rows += 1;
            }
        }
        Ok(rows)
    })?;
    let plain = measure("a plain loop over the csv crate", &plain_loop::run)?;
    say(format_args!("memory at most: {}", most_memory()?));
    say(format_args!(
        "compared with the plain loop: {:.2}, with order {:.2}",
        encode / plain,
        whole / plain
    ));
    Ok(rows)
}

/// How the file is read, whether it is sent or not.
fn by_event_time() -> Reading {
    Reading {
        order: Order::EventTime,
        range: TimeRange::default(),
        limits: LIMITS,
        spool_folder: std::env::temp_dir(),
    }
}

/// How long a thread has been on a processor: what else runs on the machine does not count.
fn on_processor(thread: &str) -> Result<Duration, Failed> {
    let statistics = std::fs::read_to_string(format!("/proc/{thread}/schedstat"))?;
    let nanos = statistics.split(' ').next().ok_or("no time in schedstat")?;
    Ok(Duration::from_nanos(nanos.parse()?))
}

/// The most that this process has had in memory so far.
fn most_memory() -> Result<String, Failed> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    Ok(line.ok_or("no VmHWM in status")?.trim().to_owned())
}

/// Passes all records by.
fn each(
    file: &Path,
    mut take: impl FnMut(&crimes_producer::record::Record<'_>) -> usize,
) -> Result<u64, Failed> {
    let mut input = Input::file(file)?;
    let mut source = input.rows(0, LIMITS)?;
    let mut rows = 0;
    while let Some(row) = source.next()? {
        if let Row::Whole(record) = row {
            std::hint::black_box(take(&record));
            rows += 1;
        }
    }
    Ok(rows)
}

/// Values for the other side, which sends any of those it was given: more of them would only take memory.
const VALUES: u64 = 100_000;

/// The first values that are sent, one a line.
fn values(file: &Path) -> Result<tempfile::NamedTempFile, Failed> {
    let mut values = tempfile::NamedTempFile::new()?;
    let mut out = std::io::BufWriter::new(values.as_file_mut());
    let mut encoder = Encoder::default();
    let (mut failed, mut count) = (None, 0);
    each(file, |record| {
        count += 1;
        if count > VALUES {
            return 0;
        }
        let written = out.write_all(encoder.encode(record)).and_then(|()| out.write_all(b"\n"));
        failed = failed.take().or(written.err());
        0
    })?;
    out.flush()?;
    drop(out);
    failed.map_or(Ok(values), |error| Err(error.into()))
}

fn say(line: std::fmt::Arguments<'_>) {
    // Nobody is left to tell when standard output is closed.
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Listens to nothing.
struct Silent;

impl Observer for Silent {
    fn broken(&mut self, _: &str, _: &Broken) {}
    fn progress(&mut self, _: Stage, _: u64, _: Option<u64>) {}
    fn stopped(&self) -> bool {
        false
    }
}
