//! What the commands that send to Kafka share.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use crimes_producer::input::InputError;
use crimes_producer::sink::{KafkaSettings, KafkaSink, Logger, SinkError};

use crate::exit::{Exit, Fault};
use crate::interrupt;
use crate::kafka::{Broker, KafkaOptions};
use crate::session::{Session, Verbosity};

/// How long Ctrl-C still waits for acknowledgements.
pub(crate) const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// How Kafka is reached, and where in it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Kafka")]
pub(crate) struct TopicOptions {
    /// The topic, which must exist
    #[arg(long, value_name = "NAME", default_value = "crime")]
    pub(crate) topic: String,
    /// How long to wait for Kafka's first answer
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    connect_timeout: u64,
    #[command(flatten)]
    broker: KafkaOptions,
}

impl TopicOptions {
    /// What the client is told.
    pub(crate) fn settings(
        &self,
        delivery_timeout: Duration,
        session: &Session,
    ) -> anyhow::Result<KafkaSettings> {
        let Broker { bootstrap, properties } = self.broker.broker(session)?;
        let settings = KafkaSettings {
            bootstrap,
            topic: self.topic.clone(),
            properties,
            connect_timeout: Duration::from_secs(self.connect_timeout),
            delivery_timeout,
            transactional_id: None,
            run: None,
        };
        for promise in settings.weakened() {
            session.warn(promise);
        }
        Ok(settings)
    }
}

/// Connects. An interruption meanwhile is [`InputError::Stopped`].
pub(crate) fn connect(
    settings: &KafkaSettings,
    log: &Logger,
    session: &Session,
) -> anyhow::Result<KafkaSink> {
    let connected = KafkaSink::connect(settings, Arc::clone(log), &interrupt::requested);
    let sink = connected.map_err(|error| match interrupt::requested() {
        true => InputError::Stopped.into(),
        false => anyhow::Error::from(fault(error)),
    })?;
    session.detail(format_args!(
        "topic {} at {}: {} partitions",
        settings.topic,
        settings.bootstrap,
        sink.topic().partitions
    ));
    Ok(sink)
}

/// Takes what librdkafka says: nothing of it is shown unless everything is asked for, since errors are told by us.
pub(crate) fn logger(session: &Session) -> Logger {
    let everything = session.verbosity() >= Verbosity::Everything;
    Arc::new(move |line: &str| {
        if everything {
            eprintln!("{line}");
        }
    })
}

/// Warns of a topic that would not keep records of that time.
pub(crate) fn warn_of_topic(sink: &KafkaSink, first_event_time: i64, session: &Session) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    for warning in sink.topic().warnings(first_event_time, i64::try_from(now).unwrap_or(i64::MAX)) {
        session.warn(warning);
    }
}

/// Why nothing can be sent, with its exit code.
pub(crate) fn fault(error: SinkError) -> Fault {
    let exit = match error {
        SinkError::Unreachable { .. } | SinkError::Refused { .. } => Exit::Unreachable,
        SinkError::Broken { .. } | SinkError::Transaction { .. } => Exit::Incomplete,
        _ => Exit::Failed,
    };
    Fault::new(exit, error.to_string())
}
