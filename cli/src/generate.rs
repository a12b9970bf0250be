//! `crimes generate`: a file of made-up crimes that look like the city's.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use crime_generator::{Date, Dialect, Generator, Order, Settings, Share, write_labels};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::exit::{Exit, Fault};
use crate::figures::{bytes, thousands};
use crate::interrupt;
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  crimes generate --output crimes.csv --labels planted.csv
      the year 2023, 700 crimes a day, an anomaly a month and a file that says where they are
  crimes generate --days 7 | crimes produce -
      a week, straight to Kafka
  crimes generate --years 20 --seed 7 --order shuffled --output twenty-years.csv.gz
      twenty years of another city, in no order, compressed

The same options give the same bytes on every machine. A planted anomaly is 20 to 45 crimes of one type in one \
district within 1 to 4 hours, on top of what happens there anyway; chance alone makes some hours exceed the rule, too. \
Labels have the columns type, district, start, end and count.";

/// Options of `crimes generate`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct GenerateOptions {
    /// Write to this file, compressed if its name ends in .gz; standard output without it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write here where the planted anomalies are, as CSV
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// How headers and dates are spelled
    #[arg(long, value_enum, default_value_t = DialectName::Portal)]
    dialect: DialectName,
    /// The order of the rows; the rows are the same in each
    #[arg(long, value_enum, default_value_t = OrderName::Sorted)]
    order: OrderName,

    /// Another seed makes another city
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "What happens")]
    seed: u64,
    /// The first day
    #[arg(long, value_name = "YYYY-MM-DD", default_value = "2023-01-01", value_parser = date, help_heading = "What happens")]
    from: Date,
    /// For so many days [default: a year]
    #[arg(long, value_name = "N", conflicts_with = "years", help_heading = "What happens")]
    days: Option<u32>,
    /// For so many years
    #[arg(long, value_name = "N", help_heading = "What happens")]
    years: Option<u32>,
    /// Crimes a day on average; summers, weekends and noons have more
    #[arg(long, value_name = "N", default_value_t = 700, help_heading = "What happens")]
    per_day: u32,
    /// Planted anomalies [default: one for each 30 days, at least one]
    #[arg(long, value_name = "N", help_heading = "What happens")]
    anomalies: Option<u32>,

    /// Records without coordinates, as a percentage or a fraction
    #[arg(long, value_name = "SHARE", default_value = "1%", help_heading = "Faults")]
    missing_coordinates: Share,
    /// Records without a district
    #[arg(long, value_name = "SHARE", default_value = "0.2%", help_heading = "Faults")]
    missing_district: Share,
    /// Records that come a second time, corrected: same ID, later Updated On, something else different
    #[arg(long, value_name = "SHARE", default_value = "0.5%", help_heading = "Faults")]
    corrections: Share,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum DialectName {
    /// as the portal exports: "Primary Type", 01/31/2023 06:05:00 PM
    Portal,
    /// the same with Primary_Type
    Underscored,
    /// as the open-data API answers: primary_type, 2023-01-31T18:05:00.000
    Api,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OrderName {
    /// oldest first
    Sorted,
    /// newest first, as the portal exports
    Portal,
    /// none at all
    Shuffled,
}

fn date(text: &str) -> Result<Date, String> {
    let parts: Option<Vec<u32>> = text
        .split('-')
        .map(|part| part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())?)
        .collect();
    match parts.as_deref() {
        Some(&[year, month, day]) => Date::new(year.cast_signed(), month, day),
        _ => None,
    }
    .ok_or_else(|| "give a date that exists, such as 2023-01-31".to_owned())
}

impl GenerateOptions {
    fn settings(&self) -> Settings {
        let end = self.from.years_later(self.years.unwrap_or(1));
        let year = end.map(|end| end.days() - self.from.days());
        let days = match (self.days, year) {
            (Some(days), _) => days,
            (None, Some(days)) => u32::try_from(days).unwrap_or(u32::MAX),
            (None, None) => u32::MAX,
        };
        Settings {
            seed: self.seed,
            from: self.from,
            days,
            per_day: self.per_day,
            missing_coordinates: self.missing_coordinates,
            missing_district: self.missing_district,
            corrections: self.corrections,
            anomalies: self.anomalies.unwrap_or((days / 30).max(1)),
        }
    }
}

/// Writes the rows, then the labels.
pub(crate) fn generate(options: &GenerateOptions, session: &Session) -> anyhow::Result<Exit> {
    let generator = Generator::new(options.settings())
        .map_err(|error| Fault::new(Exit::Misused, error.to_string()))?;
    let written = match &options.output {
        None => write_rows(options, &generator, session.data())
            .context("cannot write to standard output")?
            .map(|(written, _)| written),
        Some(path) => whole_file(path, |file| {
            let packed = path.extension().is_some_and(|it| it.eq_ignore_ascii_case("gz"));
            if !packed {
                return Ok(write_rows(options, &generator, file)?.map(|(written, _)| written));
            }
            let packer = GzEncoder::new(file, Compression::fast());
            let Some((written, packer)) = write_rows(options, &generator, packer)? else {
                return Ok(None);
            };
            packer.finish()?.flush()?;
            Ok(Some(written))
        })
        .with_context(|| format!("cannot write {}", path.display()))?,
    };
    let Some(written) = written else {
        session.warn("interrupted: the rows are not complete");
        return Ok(Exit::Interrupted);
    };
    if let Some(path) = &options.labels {
        whole_file(path, |file| Ok(Some(write_labels(generator.episodes(), file)?)))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    session.info(summary(options, &generator, &written));
    Ok(Exit::Done)
}

struct Written {
    rows: u64,
    bytes: u64,
    start: Instant,
}

/// Writes header and rows, and hands the flushed writer back; `None` if the user wants no more.
fn write_rows<W: Write>(
    options: &GenerateOptions,
    generator: &Generator,
    mut out: W,
) -> anyhow::Result<Option<(Written, W)>> {
    const FULL: usize = 1 << 18;
    let dialect = match options.dialect {
        DialectName::Portal => Dialect::Portal,
        DialectName::Underscored => Dialect::Underscored,
        DialectName::Api => Dialect::Api,
    };
    let order = match options.order {
        OrderName::Sorted => Order::Sorted,
        OrderName::Portal => Order::Portal,
        OrderName::Shuffled => Order::Shuffled,
    };
    let mut written = Written { rows: 0, bytes: 0, start: Instant::now() };
    let mut buffer = Vec::with_capacity(FULL + 4096);
    dialect.write_header(&mut buffer);
    for record in generator.rows(order) {
        dialect.write_row(&record, &mut buffer);
        written.rows += 1;
        if buffer.len() >= FULL {
            if interrupt::requested() {
                return Ok(None);
            }
            out.write_all(&buffer)?;
            written.bytes += buffer.len() as u64;
            buffer.clear();
        }
    }
    out.write_all(&buffer)?;
    out.flush()?;
    written.bytes += buffer.len() as u64;
    Ok(Some((written, out)))
}

/// Writes a file that is there only when it is whole: under another name beside it, then renamed. What is no file
/// (a pipe, a device) is written as it is.
fn whole_file<T>(
    path: &Path,
    write: impl FnOnce(File) -> anyhow::Result<Option<T>>,
) -> anyhow::Result<Option<T>> {
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return write(File::options().write(true).open(path)?);
    }
    let name =
        path.file_name().ok_or_else(|| Fault::new(Exit::Failed, "this is no name of a file"))?;
    let mut partial = name.to_owned();
    partial.push(".part");
    let partial = path.with_file_name(partial);
    let outcome = write(File::create(&partial)?);
    match &outcome {
        Ok(Some(_)) => fs::rename(&partial, path)?,
        Ok(None) | Err(_) => match fs::remove_file(&partial) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => (),
        },
    }
    outcome
}

fn summary(options: &GenerateOptions, generator: &Generator, written: &Written) -> String {
    let seconds = written.start.elapsed().as_secs_f64();
    let into = match &options.output {
        Some(path) => format!(" in {}", path.display()),
        None => String::new(),
    };
    let labels = match &options.labels {
        Some(path) => format!(", labelled in {}", path.display()),
        None => String::new(),
    };
    format!(
        "{} rows, {}{into}; {} planted {}{labels}; {seconds:.1} s, {} rows/s",
        thousands(written.rows),
        bytes(written.bytes),
        generator.episodes().len(),
        if generator.episodes().len() == 1 { "anomaly" } else { "anomalies" },
        thousands((written.rows as f64 / seconds.max(0.001)) as u64),
    )
}
