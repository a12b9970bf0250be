//! What the guests' work costs: `cargo run --release -p component-host --example bench-host -- FILE [COMPONENTS]`.
//!
//! FILE is a CSV file of crimes (.csv or .csv.gz) with underscored headers. Its rows are made into the values that the
//! producer sends, and these go in batches of 1,024 through the logic twice: natively, and as components in the host.
//! Each figure is in nanoseconds a record, from the best of ten rounds for each batch. COMPONENTS is a folder with
//! decoder.wasm, totals.wasm and anomaly.wasm; without it they are built from this tree.
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
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const ROUNDS: usize = 10;
const BATCH: usize = 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("which file? bench FILE [COMPONENTS]")?;
    let values = values(Path::new(&file))?;
    let bytes: usize = values.iter().map(Vec::len).sum();
    let batches = values.chunks(BATCH).map(lists).collect::<Result<Vec<_>, _>>()?;
    println!("{} records of {} bytes", values.len(), bytes / values.len().max(1));
    natively(&batches)?;
    as_components(&batches, arguments.next().map(PathBuf::from))
}

/// Prints for each column of times the sum over the batches of the best of some rounds, a record.
fn print<const N: usize>(
    batches: &[ByteLists],
    names: [&str; N],
    mut run: impl FnMut(usize) -> Result<[Duration; N], component_host::Error>,
) -> Result<(), Box<dyn Error>> {
    let mut sums = [Duration::ZERO; N];
    for batch in 0..batches.len() {
        let mut best = [Duration::MAX; N];
        for _ in 0..ROUNDS {
            best.iter_mut().zip(run(batch)?).for_each(|(best, time)| *best = time.min(*best));
        }
        sums.iter_mut().zip(best).for_each(|(sum, best)| *sum += best);
    }
    let records: usize = batches.iter().map(ByteLists::len).sum();
    for (name, sum) in names.iter().zip(sums) {
        println!("{name:24}{:8.0} ns", sum.as_nanos() as f64 / records as f64);
    }
    Ok(())
}

fn natively(batches: &[ByteLists]) -> Result<(), Box<dyn Error>> {
    let core = |b: &ByteLists| events::ByteLists { bytes: b.bytes.clone(), ends: b.ends.clone() };
    let values: Vec<events::ByteLists> = batches.iter().map(core).collect();
    let (decoder, totals, rule) = (Decoder::default(), PerDistrictDay, Rule::default());
    let names = ["native: decode", "native: totals", "native: anomaly", "native: documents"];
    print(batches, names, |batch| {
        let start = Instant::now();
        let events = decoder.decode(&values[batch]).events;
        let decoded = Instant::now();
        std::hint::black_box(totals.ingest(&events, WINDOW));
        let totalled = Instant::now();
        std::hint::black_box(rule.ingest(&events, 1_800_000));
        let judged = Instant::now();
        std::hint::black_box(document::of(&events));
        Ok([decoded - start, totalled - decoded, judged - totalled, judged.elapsed()])
    })
}

fn as_components(batches: &[ByteLists], folder: Option<PathBuf>) -> Result<(), Box<dyn Error>> {
    let guests = ["decoder", "totals", "anomaly"];
    let built = std::env::temp_dir().join(format!("bench-{}", std::process::id()));
    let paths = match folder {
        Some(folder) => guests.iter().map(|guest| folder.join(format!("{guest}.wasm"))).collect(),
        None => componentize::build(&guests, &built)?,
    };
    let source = |path: &PathBuf| -> std::io::Result<Source> {
        let slot = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Source { slot, wasm: std::fs::read(path)?, settings: Vec::new() })
    };
    let sources = paths.iter().map(source).collect::<std::io::Result<Vec<_>>>()?;
    if built.exists() {
        std::fs::remove_dir_all(&built)?;
    }
    let open = |documents| Ingest::new(&sources[0], &sources[1..], documents, Limits::default());
    let start = Instant::now();
    drop(open(false)?);
    println!("compile and instantiate  {:7.0} ms", start.elapsed().as_secs_f64() * 1e3);
    let start = Instant::now();
    let (mut plain, mut with_documents) = (open(false)?, open(true)?);
    println!("instantiate six          {:7.0} us", start.elapsed().as_secs_f64() * 1e6);
    let run = |ingest: &mut Ingest, batch: usize| {
        let start = Instant::now();
        let ingested = ingest.ingest(&batches[batch], i64::MIN)?;
        let whole = start.elapsed();
        let calls: Vec<_> = ingested.calls.iter().map(|c| Duration::from_nanos(c.nanos)).collect();
        Ok(([calls[0], calls[1], calls[2]], whole))
    };
    let names = [
        "component: decode",
        "component: totals",
        "component: anomaly",
        "component: decode, docs",
        "host: all but documents",
        "host: all",
    ];
    print(batches, names, |batch| {
        let ((plain, whole), (with, all)) =
            (run(&mut plain, batch)?, run(&mut with_documents, batch)?);
        Ok([plain[0], plain[1], plain[2], with[0], whole, all])
    })
}

fn lists(values: &[Vec<u8>]) -> Result<ByteLists, component_host::Error> {
    let mut lists = ByteLists::default();
    values.iter().try_for_each(|value| lists.push(value))?;
    Ok(lists)
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
