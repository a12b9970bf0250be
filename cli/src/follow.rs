//! `crimes follow`: new and corrected records from the open-data API to Kafka, for ever.

use std::io::Cursor;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use crimes_producer::api::{ApiError, Follower};
use crimes_producer::input::{Input, InputError};
use crimes_producer::order::{Order, Ordered, Reading, TimeRange};
use crimes_producer::produce::{Ended, Options, produce as send_all};
use crimes_producer::sink::{KafkaSink, Sink as _};
use crimes_producer::source::Limits;

use crate::api::{ApiOptions, fault};
use crate::clock;
use crate::download::bound;
use crate::exit::{Exit, Fault};
use crate::figures::thousands;
use crate::interrupt;
use crate::produce::{Watch, short_digest, state_folder};
use crate::sending::{self, STOP_TIMEOUT, TopicOptions};
use crate::session::Session;

/// Options of `crimes follow`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct FollowOptions {
    /// Begin with corrections from this day or time on, where no position is known [default: with the next]
    #[arg(long, value_name = "TIME", value_parser = bound)]
    since: Option<i64>,
    /// How long to wait between two rounds
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    every: u64,
    /// End after one round
    #[arg(long)]
    once: bool,
    /// Where it is remembered how far it is [default: in the user's state folder, by dataset and topic]
    #[arg(long, value_name = "FILE")]
    position: Option<PathBuf>,
    /// Take dates more than a day ahead of this machine's clock, which otherwise are broken rows
    #[arg(long)]
    allow_future: bool,
    /// How long a record may wait for its acknowledgement, with all retries
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    delivery_timeout: u64,
    #[command(flatten)]
    api: ApiOptions,
    #[command(flatten)]
    kafka: TopicOptions,
}

const AFTER_HELP: &str = "\
Records come by the time of their correction (Updated On), page by page, each page in the order of its crimes. A page \
is remembered when Kafka has acknowledged all of it: after an interruption it comes again, and the job counts a crime \
once.

An application token, which makes the API more patient, is taken from the environment: CRIMES_APP_TOKEN. \
Authorities that the system does not know are in the file (PEM) that SSL_CERT_FILE names.

Properties of librdkafka come from -X, from the environment (CRIMES_KAFKA_SASL_PASSWORD is sasl.password) and from \
--kafka-config, in this order of precedence. Secrets are taken from the latter two only.";

/// The longest wait without a look at whether to stop.
const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// Follows until it is interrupted.
pub(crate) fn follow(options: &FollowOptions, session: &Session) -> anyhow::Result<Exit> {
    match rounds(options, session) {
        Err(error) if is_stop(&error) => Ok(Exit::Interrupted),
        Err(error) => Err(match error.downcast::<ApiError>() {
            Ok(error) => fault(error),
            Err(error) => error,
        }),
        ended => ended,
    }
}

fn is_stop(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(ApiError::Stopped))
        || matches!(error.downcast_ref(), Some(InputError::Stopped))
}

fn rounds(options: &FollowOptions, session: &Session) -> anyhow::Result<Exit> {
    let delivery_timeout = Duration::from_secs(options.delivery_timeout);
    let settings = options.kafka.settings(delivery_timeout, session)?;
    let mut sink = sending::connect(&settings, &sending::logger(session), session)?;
    let path = match &options.position {
        Some(path) => path.clone(),
        None => {
            let subject = [options.api.described(), settings.topic.clone()].map(String::into_bytes);
            state_folder()?.join("follow").join(format!("{}.json", short_digest(subject)))
        }
    };
    let mut told = |line: &str| session.warn(line);
    let stopped = interrupt::requested;
    let api = options.api.api()?;
    let condition = options.api.condition();
    let mut follower = Follower::open(api, condition, path, options.since, &mut told, &stopped)?;
    session.info(format_args!(
        "following to topic {} from {} on",
        settings.topic,
        follower.position().unwrap_or("the first record")
    ));
    loop {
        let begun = Instant::now();
        let followed =
            follower.round(&mut told, &stopped, |page| send(page, options, &mut sink, session))?;
        if followed.rows > 0 || options.once {
            session.info(format_args!(
                "{} records new or corrected, up to {}",
                thousands(followed.rows),
                follower.position().unwrap_or("none")
            ));
        }
        if options.once {
            return Ok(Exit::Done);
        }
        let next = begun + Duration::from_secs(options.every);
        loop {
            if stopped() {
                return Ok(Exit::Interrupted);
            }
            let left = next.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            sink.wait(left.min(LONGEST_WAIT));
        }
    }
}

/// Sends one page, in the order of its crimes, and waits until all of it is acknowledged.
fn send(
    page: Vec<u8>,
    options: &FollowOptions,
    sink: &mut KafkaSink,
    session: &Session,
) -> anyhow::Result<()> {
    let mut watch = Watch::new(session);
    let name = "a page of the API";
    let input = Input::stream(name, Box::new(Cursor::new(page)))?;
    let reading = Reading {
        order: Order::EventTime,
        range: TimeRange::default(),
        limits: Limits { row_bytes: 1 << 18, latest: clock::latest(options.allow_future) },
        spool_folder: std::env::temp_dir(),
    };
    let (mut records, _) = Ordered::new(vec![input], &reading, &mut watch)?;
    let limits = Options {
        finish_timeout: Duration::from_secs(options.delivery_timeout) + STOP_TIMEOUT,
        stop_timeout: STOP_TIMEOUT,
        ..Options::default()
    };
    let summary = send_all(&mut records, sink, None, &[name.to_owned()], &limits, &mut watch);
    if summary.is_whole() {
        return Ok(());
    }
    let deliveries = &summary.deliveries;
    Err(match summary.ended {
        Ended::Stopped => InputError::Stopped.into(),
        Ended::Source(error) => error.into(),
        Ended::Sink(error) => sending::fault(error).into(),
        _ => {
            let causes: Vec<String> =
                deliveries.failures.keys().map(|failure| failure.cause.clone()).collect();
            let sentence = format!(
                "{} records were not acknowledged ({}); they come again when it is started again",
                thousands(deliveries.sent - deliveries.acknowledged),
                causes.join(", ")
            );
            Fault::new(Exit::Incomplete, sentence).into()
        }
    })
}
