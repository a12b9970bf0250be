//! What the guests' work costs: `cargo run --release -p component-host --example bench -- FILE [--batch N]`.
//!
//! FILE is a CSV file of crimes (.csv or .csv.gz) with underscored headers. Its rows are made into the values that the
//! producer sends, and these go through the logic twice: natively, and as components in the host. Each figure is the
//! best of five rounds, in nanoseconds a record.
#![allow(clippy::print_stdout, reason = "figures are its output")]

use component_host::{ByteLists, Ingest, Limits, Source};
use crime_core::aggregate::WindowedAggregate;
use crime_core::anomaly::Rule;
use crime_core::decode::Decoder;
use crime_core::totals::{PerDistrictDay, WINDOW};
use crime_core::{document, events};
use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("which file? bench FILE [--batch N]")?;
    let batch = match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => 1024,
        (Some("--batch"), Some(n)) => n.parse()?,
        _ => return Err("bench FILE [--batch N]".into()),
    };
    let values = values(Path::new(&file))?;
    let bytes: usize = values.iter().map(Vec::len).sum();
    let batches: Vec<ByteLists> = values.chunks(batch).map(lists).collect();
    println!(
        "{} records of {} bytes, batches of {batch}",
        values.len(),
        bytes / values.len().max(1)
    );
    let figures = Figures { records: values.len() };
    natively(&batches, &figures);
    as_components(&batches, &figures)
}

struct Figures {
    records: usize,
}

impl Figures {
    /// Prints the best of some rounds, each of which gives one time a column.
    fn print<const N: usize>(&self, names: [&str; N], mut round: impl FnMut() -> [Duration; N]) {
        let mut best = [Duration::MAX; N];
        for _ in 0..ROUNDS {
            for (best, time) in best.iter_mut().zip(round()) {
                *best = time.min(*best);
            }
        }
        for (name, time) in names.iter().zip(best) {
            println!("{name:32}{:8.0} ns", time.as_nanos() as f64 / self.records as f64);
        }
    }
}

fn natively(batches: &[ByteLists], figures: &Figures) {
    let core = |b: &ByteLists| events::ByteLists { bytes: b.bytes.clone(), ends: b.ends.clone() };
    let batches: Vec<events::ByteLists> = batches.iter().map(core).collect();
    let (decoder, totals, rule) = (Decoder::default(), PerDistrictDay, Rule::default());
    let names = ["native: decode", "native: totals", "native: anomaly", "native: documents"];
    figures.print(names, || {
        let mut times = [Duration::ZERO; 4];
        for values in &batches {
            let start = Instant::now();
            let events = decoder.decode(values).events;
            let decoded = Instant::now();
            std::hint::black_box(totals.ingest(&events, WINDOW));
            let totalled = Instant::now();
            std::hint::black_box(rule.ingest(&events, 1_800_000));
            let judged = Instant::now();
            std::hint::black_box(document::of(&events));
            let spans = [decoded - start, totalled - decoded, judged - totalled, judged.elapsed()];
            times.iter_mut().zip(spans).for_each(|(time, span)| *time += span);
        }
        times
    });
}

fn as_components(batches: &[ByteLists], figures: &Figures) -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("bench-{}", std::process::id()));
    let sources: Vec<Source> = componentize::build(&["decoder", "totals", "anomaly"], &folder)?
        .iter()
        .map(|path| {
            let slot = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            Ok(Source { slot, wasm: std::fs::read(path)?, settings: Vec::new() })
        })
        .collect::<std::io::Result<_>>()?;
    std::fs::remove_dir_all(&folder)?;
    let open = |documents| Ingest::new(&sources[0], &sources[1..], documents, Limits::default());
    let start = Instant::now();
    drop(open(false)?);
    println!("compile and instantiate all three {:6.0} ms", start.elapsed().as_secs_f64() * 1e3);
    let start = Instant::now();
    let (mut plain, mut with_documents) = (open(false)?, open(true)?);
    println!("instantiate them twice            {:6.0} us", start.elapsed().as_secs_f64() * 1e6);
    let mut run = |documents: bool| {
        let ingest = if documents { &mut with_documents } else { &mut plain };
        let (start, mut calls) = (Instant::now(), [Duration::ZERO; 3]);
        for values in batches {
            let ingested = ingest.ingest(values, i64::MIN).unwrap_or_default();
            let spent = ingested.calls.iter().map(|c| Duration::from_nanos(c.nanos));
            calls.iter_mut().zip(spent).for_each(|(sum, time)| *sum += time);
        }
        (calls, start.elapsed())
    };
    let names = [
        "component: decode",
        "component: totals",
        "component: anomaly",
        "component: documents",
        "host: all but documents",
        "host: all",
    ];
    figures.print(names, || {
        let ((plain, whole), (with, all)) = (run(false), run(true));
        [plain[0], plain[1], plain[2], with[0].saturating_sub(plain[0]), whole, all]
    });
    Ok(())
}

fn lists(values: &[Vec<u8>]) -> ByteLists {
    let mut lists = ByteLists::default();
    values.iter().for_each(|value| lists.push(value));
    lists
}

/// The rows of a file as the values that go into Kafka: one flat object of texts, dates in ISO form.
fn values(path: &Path) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let file = File::open(path)?;
    let reader: Box<dyn Read> = match path.extension() {
        Some(gz) if gz == "gz" => Box::new(flate2::read::MultiGzDecoder::new(file)),
        _ => Box::new(file),
    };
    let mut csv = csv::Reader::from_reader(reader);
    let headers = csv.headers()?.clone();
    let mut values = Vec::new();
    for row in csv.records() {
        let row = row?;
        let mut value = Vec::with_capacity(600);
        for (name, text) in headers.iter().zip(&row) {
            value.push(if value.is_empty() { b'{' } else { b',' });
            serde_json::to_writer(&mut value, name)?;
            value.push(b':');
            match name {
                "Date" | "Updated_On" => serde_json::to_writer(&mut value, &iso(text))?,
                _ => serde_json::to_writer(&mut value, text)?,
            }
        }
        value.push(b'}');
        values.push(value);
    }
    Ok(values)
}

/// `01/31/2018 09:05:00 PM` as `2018-01-31T21:05:00`; anything else as it is.
fn iso(text: &str) -> String {
    let read = || {
        let hour: u32 = text.get(11..13)?.parse().ok()?;
        let hour = hour % 12 + if text.get(20..22)? == "PM" { 12 } else { 0 };
        let [year, month, day] = [text.get(6..10)?, text.get(0..2)?, text.get(3..5)?];
        Some(format!("{year}-{month}-{day}T{hour:02}{}", text.get(13..19)?))
    };
    read().unwrap_or_else(|| text.to_owned())
}
