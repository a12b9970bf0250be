//! The options of `crimes produce`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use crimes_producer::order::{Order, Reading, TimeRange};
use crimes_producer::pace::Pace;
use crimes_producer::source::Limits;

use crate::clock;
use crate::sending::TopicOptions;

/// Options of `crimes produce`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ProduceOptions {
    /// CSV or lines of JSON, plain or gzip; several files or a pattern are sent as one; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,
    /// Read everything and say what would be sent, print the first records, but send nothing
    #[arg(long, conflicts_with_all = ["resume", "transactional"])]
    pub(super) dry_run: bool,
    /// Stop at the first broken row (exit code 3)
    #[arg(long)]
    pub(super) strict: bool,
    /// Print the summary as one JSON object on standard output
    #[arg(long)]
    pub(super) json: bool,

    /// Which order records are sent in
    #[arg(long, value_enum, default_value_t = OrderName::Time, help_heading = "Which records")]
    order: OrderName,
    /// Only crimes from this day or time on
    #[arg(long, value_name = "TIME", value_parser = bound, help_heading = "Which records")]
    from: Option<i64>,
    /// Only crimes before this day or time
    #[arg(long, value_name = "TIME", value_parser = bound, help_heading = "Which records")]
    until: Option<i64>,
    /// At most so many records
    #[arg(long, value_name = "N", help_heading = "Which records")]
    pub(super) limit: Option<u64>,
    /// Again and again, or so many times, each round later by whole weeks
    #[arg(long = "loop", value_name = "N", num_args = 0..=1, require_equals = true, help_heading = "Which records",
          value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "resume")]
    pub(super) rounds: Option<Option<u64>>,
    /// Rows of more bytes are broken
    #[arg(long, value_name = "BYTES", default_value_t = 262_144, help_heading = "Which records",
          value_parser = clap::value_parser!(u32).range(1024..16_000_000))]
    max_row: u32,
    /// Take dates more than a day ahead of this machine's clock, which otherwise are broken rows
    #[arg(long, help_heading = "Which records")]
    allow_future: bool,
    /// Where streams and compressed files that are not in order are put uncompressed [default: TMPDIR or /tmp]
    #[arg(long, value_name = "FOLDER", help_heading = "Which records")]
    spool: Option<PathBuf>,

    /// So many records a second, for instance 5000/s [default: as fast as it goes]
    #[arg(long, value_name = "N/s", value_parser = rate, help_heading = "How fast", conflicts_with = "speed")]
    rate: Option<f64>,
    /// So many times as fast as it happened, with its pauses; 3600x makes an hour a second
    #[arg(long, value_name = "Nx", value_parser = speed, help_heading = "How fast")]
    speed: Option<f64>,

    /// Go on where an interrupted run of the same files ended
    #[arg(long, help_heading = "Delivery", conflicts_with = "transactional")]
    pub(super) resume: bool,
    /// Where --resume remembers how far it is [default: in the user's state folder, by files and topic]
    #[arg(long, value_name = "FILE", help_heading = "Delivery", requires = "resume")]
    pub(super) position: Option<PathBuf>,
    /// All or nothing: one transaction, which readers see only when it is complete
    #[arg(long, help_heading = "Delivery")]
    pub(super) transactional: bool,
    /// How long a record may wait for its acknowledgement, with all retries
    #[arg(long, value_name = "SECONDS", default_value_t = 120, help_heading = "Delivery",
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    delivery_timeout: u64,

    #[command(flatten)]
    pub(super) kafka: TopicOptions,
}

const AFTER_HELP: &str = "\
Each record is one JSON object with the 22 columns as texts. Its key is the district, its timestamp the time of the \
crime. A row that can't be sent is told with file and line, counted and passed over; that alone leaves the exit code 0.

Properties of librdkafka come from -X, from the environment (CRIMES_KAFKA_SASL_PASSWORD is sasl.password) and from \
--kafka-config, in this order of precedence. Secrets are taken from the latter two only.

  crimes produce crimes.csv
      a file of any order, in the order of the crimes
  crimes produce '2018-*.csv.gz' --speed 3600x --from 2018-06-01
      an hour each second, from the first of June on
  crimes produce crimes.csv --resume
      the same command again goes on where it was interrupted

Exit codes:
  0    every record that could be sent was sent and acknowledged
  1    a file can't be read or holds no crime records, or the topic can't be written
  2    wrong command line
  3    a record was not acknowledged, or --strict met a broken row
  4    Kafka can't be reached
  130  interrupted; what had been sent was still waited for";

/// An order on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OrderName {
    /// by the time of the crime, whatever the files' order
    Time,
    /// as the rows stand; a stream is sent as it comes
    Input,
}

fn bound(text: &str) -> Result<i64, String> {
    TimeRange::bound(text)
        .ok_or_else(|| "give a day or a time, such as 2018-01-31 or 2018-01-31T21:05:00".to_owned())
}

fn rate(text: &str) -> Result<f64, String> {
    positive(text.strip_suffix("/s").unwrap_or(text))
        .ok_or_else(|| "give records a second, such as 5000/s".to_owned())
}

fn speed(text: &str) -> Result<f64, String> {
    positive(text.strip_suffix('x').unwrap_or(text))
        .ok_or_else(|| "give a factor, such as 3600x".to_owned())
}

fn positive(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0)
}

impl ProduceOptions {
    pub(super) fn reading(&self) -> Reading {
        Reading {
            order: match self.order {
                OrderName::Time => Order::EventTime,
                OrderName::Input => Order::AsGiven,
            },
            range: TimeRange { from: self.from, until: self.until },
            limits: Limits {
                row_bytes: self.max_row as usize,
                latest: clock::latest(self.allow_future),
            },
            spool_folder: self.spool.clone().unwrap_or_else(std::env::temp_dir),
        }
    }

    pub(super) fn pace(&self) -> Pace {
        match (self.rate, self.speed) {
            (Some(rate), _) => Pace::Rate(rate),
            (None, Some(speed)) => Pace::Speed(speed),
            (None, None) => Pace::Free,
        }
    }

    pub(super) fn delivery_timeout(&self) -> Duration {
        Duration::from_secs(self.delivery_timeout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paces_have_their_unit_or_none() {
        assert_eq!(rate("5000/s"), Ok(5000.0));
        assert_eq!(rate("0.5"), Ok(0.5));
        assert_eq!(speed("3600x"), Ok(3600.0));
        for wrong in ["", "0", "-1", "fast", "inf", "NaN", "5/m"] {
            assert!(rate(wrong).is_err() && speed(wrong).is_err(), "{wrong}");
        }
    }
}
