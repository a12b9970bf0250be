//! `crimes report`: what came out, from the servers themselves.

mod dead_letters;
mod documents;
mod encryption;
mod episodes;
mod json;
mod labels;
mod print;
mod tables;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;

use self::dead_letters::{DeadLetters, Reader};
use self::documents::{Index, SearchOptions};
use self::episodes::{Episode, episodes};
use self::labels::Planted;
use self::tables::{Postgres, Tables};
use crate::exit::{self, Exit, Fault};
use crate::flink::{Flink, FlinkOptions};
use crate::http::shown;
use crate::kafka::KafkaOptions;
use crate::session::Session;

const WHERE: &str = "\
Each server is asked that is set: KAFKA_BOOTSTRAP, FLINK_URL, PGHOST with PGPORT, PGDATABASE, PGUSER and PGPASSWORD, ES_URL.

PGSSLMODE (disable, prefer, require, verify-ca, verify-full) and PGSSLROOTCERT say how Postgres is reached by TLS. \
Elasticsearch takes ES_USER with ES_PASSWORD, or an API key (base64) in ES_API_KEY. Its certificate and Flink's must be \
from an authority that the system trusts, unless ES_CA or FLINK_CA name others; SSL_CERT_FILE names others for all.

After `make up` they are in .stack/env:
  set -a; . .stack/env; set +a; crimes report";

/// Options of `crimes report`.
#[derive(Debug, Args)]
#[command(after_help = WHERE)]
pub(crate) struct ReportOptions {
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
    /// The most districts and anomalies that are listed
    #[arg(long, value_name = "N", default_value_t = 5)]
    top: usize,
    /// The label file of `crimes generate`: says how many of the planted anomalies were found
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Topic of the crimes; its dead letters are in topics with .rejected and .late behind that name
    #[arg(long, value_name = "NAME", default_value = "crime")]
    topic: String,
    #[command(flatten)]
    search: SearchOptions,
    #[command(flatten)]
    kafka: KafkaOptions,
    #[command(flatten)]
    flink: FlinkOptions,
}

/// What came out, by server. One that was not asked, or did not answer, is not there.
#[derive(Debug, Default)]
struct Report {
    kafka: Option<Topics>,
    /// how many jobs are in which state
    flink: Option<BTreeMap<String, u64>>,
    postgres: Option<Rows>,
    elasticsearch: Option<Documents>,
}

/// Figures of the three topics; none where there is no such topic.
#[derive(Debug)]
struct Topics {
    records: Option<u64>,
    rejected: Option<DeadLetters>,
    late: Option<DeadLetters>,
}

/// Figures of the two tables.
#[derive(Debug)]
struct Rows {
    tables: Tables,
    episodes: Vec<Episode>,
    planted: Option<Planted>,
}

/// Documents of the index; none where there is no such index.
#[derive(Debug)]
struct Documents {
    count: Option<u64>,
}

/// Asks every server that is set, and prints.
pub(crate) fn report(options: &ReportOptions, session: &Session) -> anyhow::Result<Exit> {
    let postgres = Postgres::from_environment(|name| std::env::var(name).ok());
    let flink = options.flink.flink.as_ref();
    if !options.kafka.is_set()
        && options.search.url.is_none()
        && postgres.is_none()
        && flink.is_none()
    {
        let missing = "nothing to report: neither KAFKA_BOOTSTRAP nor FLINK_URL, PGHOST or ES_URL is set (after `make up`: set -a; \
                       . .stack/env; set +a)";
        return Err(Fault::new(Exit::Misused, missing).into());
    }
    let mut report = Report::default();
    let mut asked = Asked { session, exit: Exit::Done };
    if options.kafka.is_set() {
        report.kafka = asked.told(ask_kafka(&options.kafka, &options.topic, session));
    }
    if options.flink.flink.is_some() {
        report.flink = asked.told(ask_flink(&options.flink));
    }
    if let Some(postgres) = &postgres {
        report.postgres = asked.told(ask_postgres(postgres, options));
    }
    if let Some(url) = &options.search.url {
        let count = Index::new(url, &options.search).and_then(|index| index.count());
        report.elasticsearch = asked.told(count.map(|count| Documents { count }));
    }
    let addresses = addresses(&report, options, postgres.as_ref());
    print::print(&report, options, &addresses, session)?;
    Ok(asked.exit)
}

/// One server that is away does not hide what the others have.
struct Asked<'a> {
    session: &'a Session,
    exit: Exit,
}

impl Asked<'_> {
    fn told<T>(&mut self, answer: anyhow::Result<T>) -> Option<T> {
        answer
            .inspect_err(|error| {
                self.session.error(error);
                self.exit = exit::worse(self.exit, exit::of(error));
            })
            .ok()
    }
}

fn ask_kafka(kafka: &KafkaOptions, topic: &str, session: &Session) -> anyhow::Result<Topics> {
    let reader = Reader::connect(&kafka.broker(session)?)?;
    Ok(Topics {
        records: reader.count(topic)?,
        rejected: reader.dead_letters(&format!("{topic}.rejected"), "reason")?,
        late: reader.dead_letters(&format!("{topic}.late"), "late-for")?,
    })
}

fn ask_postgres(postgres: &Postgres, options: &ReportOptions) -> anyhow::Result<Rows> {
    let tables = postgres.read()?;
    let planted = match &options.labels {
        Some(file) => Some(labels::planted(file, &tables.anomalies)?),
        None => None,
    };
    Ok(Rows { episodes: episodes(&tables.anomalies), planted, tables })
}

fn ask_flink(options: &FlinkOptions) -> anyhow::Result<BTreeMap<String, u64>> {
    let mut states = BTreeMap::new();
    for job in Flink::new(options)?.jobs()? {
        *states.entry(job.state).or_default() += 1;
    }
    Ok(states)
}

/// Where to look, by what answered.
fn addresses(
    report: &Report,
    options: &ReportOptions,
    postgres: Option<&Postgres>,
) -> Vec<(&'static str, String)> {
    let flink = options.flink.flink.as_ref().filter(|_| report.flink.is_some());
    let postgres = postgres.filter(|_| report.postgres.is_some());
    let elasticsearch = options.search.url.as_ref().filter(|_| report.elasticsearch.is_some());
    let documents = |url| format!("{}/{}/_search?size=3&pretty", shown(url), options.search.index);
    [
        flink.map(|url| ("Flink", shown(url))),
        postgres.map(|postgres| ("Postgres", postgres.command_line())),
        elasticsearch.map(|url| ("Elasticsearch", documents(url))),
    ]
    .into_iter()
    .flatten()
    .collect()
}
