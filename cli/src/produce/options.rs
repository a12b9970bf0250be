//! The options of `crimes produce`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use crimes_producer::order::{Order, Reading};
use crimes_producer::sink::KafkaSettings;

/// Options of `crimes produce`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ProduceOptions {
    /// CSV file, plain or gzip; several are sent as one; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,
    /// Read everything and say what would be sent, but send nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Stop at the first broken row (exit code 3)
    #[arg(long)]
    pub(super) strict: bool,
    /// Print the summary as one JSON object on standard output
    #[arg(long)]
    pub(super) json: bool,

    /// Which order records are sent in
    #[arg(long, value_enum, default_value_t = OrderName::Time, help_heading = "Reading")]
    pub(super) order: OrderName,
    /// Rows of more bytes are broken
    #[arg(long, value_name = "BYTES", default_value_t = 262_144, help_heading = "Reading",
          value_parser = clap::value_parser!(u32).range(1024..16_000_000))]
    pub(super) max_row: u32,
    /// Where streams and compressed files that are not in order are put uncompressed [default: TMPDIR or /tmp]
    #[arg(long, value_name = "FOLDER", help_heading = "Reading")]
    pub(super) spool: Option<PathBuf>,

    /// Kafka's address; with commas between if there are several
    #[arg(
        long,
        value_name = "HOST:PORT",
        env = "KAFKA_BOOTSTRAP",
        hide_env_values = true,
        help_heading = "Kafka"
    )]
    pub(super) bootstrap: Option<String>,
    /// The topic, which must exist
    #[arg(long, value_name = "NAME", default_value = "crime", help_heading = "Kafka")]
    pub(super) topic: String,
    /// Any property of librdkafka; can be given again
    #[arg(short = 'X', value_name = "KEY=VALUE", help_heading = "Kafka")]
    pub(super) properties: Vec<String>,
    /// How long to wait for Kafka's first answer
    #[arg(long, value_name = "SECONDS", default_value_t = 10, help_heading = "Kafka")]
    pub(super) connect_timeout: u64,
    /// How long a record may wait for its acknowledgement, with all retries
    #[arg(long, value_name = "SECONDS", default_value_t = 120, help_heading = "Kafka",
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(super) delivery_timeout: u64,
}

const AFTER_HELP: &str = "\
Each record is one JSON object with the 22 columns as texts. Its key is the district, its timestamp the time of the
crime. A row that can't be sent is told with file and line, counted and passed over; that alone leaves the exit code 0.

Exit codes:
  0    every record that could be sent was sent and acknowledged
  1    a file can't be read or holds no crime records, or the topic can't be written
  2    wrong command line
  3    a record was not acknowledged, or --strict met a broken row
  4    Kafka can't be reached
  130  interrupted; what had been sent was still waited for";

/// An order on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OrderName {
    /// by the time of the crime, whatever the files' order
    Time,
    /// as the rows stand; a stream is sent as it comes
    Input,
}

impl ProduceOptions {
    pub(super) fn reading(&self) -> Reading {
        Reading {
            order: match self.order {
                OrderName::Time => Order::EventTime,
                OrderName::Input => Order::AsGiven,
            },
            row_limit: self.max_row as usize,
            spool_folder: self.spool.clone().unwrap_or_else(std::env::temp_dir),
        }
    }

    pub(super) fn kafka(&self) -> anyhow::Result<KafkaSettings> {
        let Some(bootstrap) = &self.bootstrap else {
            anyhow::bail!(
                "where is Kafka? Give --bootstrap HOST:PORT, or set KAFKA_BOOTSTRAP (after `make up`: source .stack/env)"
            );
        };
        let mut properties = BTreeMap::new();
        for property in &self.properties {
            let Some((key, value)) = property.split_once('=') else {
                anyhow::bail!("-X {property}: key=value is wanted");
            };
            properties.insert(key.trim().to_owned(), value.to_owned());
        }
        Ok(KafkaSettings {
            bootstrap: bootstrap.clone(),
            topic: self.topic.clone(),
            properties,
            connect_timeout: Duration::from_secs(self.connect_timeout),
            delivery_timeout: Duration::from_secs(self.delivery_timeout),
        })
    }
}
