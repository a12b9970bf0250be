//! Where records go.

mod acknowledged;
mod arrived;
mod deliveries;
mod dry;
mod kafka;
mod properties;
mod settings;
mod topic;

use std::time::Duration;

pub use acknowledged::Acknowledged;
pub use arrived::{Offsets, arrived};
pub use deliveries::{Deliveries, Failure, Logger};
pub use dry::DryRun;
pub use kafka::KafkaSink;
pub use properties::{ENVIRONMENT, Properties, PropertyError};
pub use settings::KafkaSettings;
pub use topic::TopicFacts;

/// What is sent for one record.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// its number in this run, from 0, without gaps over all runs that resume each other
    pub number: u64,
    /// decides the partition; none where the record has no district
    pub key: Option<&'a str>,
    /// JSON
    pub value: &'a [u8],
    /// event time in milliseconds
    pub timestamp: i64,
}

/// A place that records go to, which acknowledges them later.
pub trait Sink {
    /// Takes a message. Waits while too many are on their way; `stopped` ends the waiting, and the message is then not
    /// taken.
    ///
    /// # Errors
    /// If nothing can be sent any more.
    fn send(&mut self, message: Message<'_>, stopped: &dyn Fn() -> bool)
    -> Result<bool, SinkError>;

    /// Waits, and takes acknowledgements meanwhile.
    fn wait(&mut self, duration: Duration);

    /// Waits until everything was acknowledged or has failed, at most so long, and makes it final: a transaction is
    /// committed if everything was acknowledged, and undone otherwise.
    ///
    /// # Errors
    /// If a transaction can't be committed.
    fn finish(&mut self, at_most: Duration) -> Result<(), SinkError>;

    /// Takes nothing more: waits for acknowledgements at most so long, and undoes a transaction.
    ///
    /// # Errors
    /// If a transaction can't be undone.
    fn abandon(&mut self, at_most: Duration) -> Result<(), SinkError>;

    /// What became of the messages so far.
    fn deliveries(&self) -> Deliveries;
}

/// Why nothing can be sent.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// a setting that librdkafka refuses
    #[error("Kafka's client refuses its settings: {0}")]
    Settings(String),
    /// no broker answers
    #[error("Kafka at {bootstrap} can't be reached within {seconds} s{because}")]
    Unreachable {
        /// the addresses that were tried
        bootstrap: String,
        /// how long
        seconds: u64,
        /// what librdkafka said last, with a colon before it
        because: String,
    },
    /// no connection that any waiting would mend
    #[error("Kafka at {bootstrap} and this client do not come together: {cause}")]
    Refused {
        #[allow(missing_docs)]
        bootstrap: String,
        /// what librdkafka said
        cause: String,
    },
    /// no such topic
    #[error(
        "Kafka at {bootstrap} has no topic {topic}; make it with: crimes topics create --topic {topic} --bootstrap {bootstrap}"
    )]
    NoTopic {
        #[allow(missing_docs)]
        topic: String,
        #[allow(missing_docs)]
        bootstrap: String,
    },
    /// the broker refuses the topic
    #[error("Kafka at {bootstrap} refuses topic {topic}: {cause}")]
    Topic {
        #[allow(missing_docs)]
        topic: String,
        #[allow(missing_docs)]
        bootstrap: String,
        #[allow(missing_docs)]
        cause: String,
    },
    /// the client can't go on
    #[error("sending to topic {topic} failed: {cause}")]
    Broken {
        #[allow(missing_docs)]
        topic: String,
        #[allow(missing_docs)]
        cause: String,
    },
    /// a transaction can't be begun, committed or undone
    #[error("the transaction {id} {what}: {cause}")]
    Transaction {
        /// its transactional id
        id: String,
        /// what could not be done, in words that follow its name
        what: &'static str,
        #[allow(missing_docs)]
        cause: String,
    },
    /// what a run before this one left in the topic does not fit to what was written down of it
    #[error("{0}")]
    Changed(String),
}
