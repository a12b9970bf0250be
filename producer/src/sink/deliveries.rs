//! What became of the messages that were sent.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message as _};
use rdkafka::producer::ProducerContext;

use super::Acknowledged;
use super::properties::Redaction;

/// Counts of messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deliveries {
    /// taken by the client
    pub sent: u64,
    /// written by as many brokers as `acks` asks for
    pub acknowledged: u64,
    /// not written, as far as is known
    pub failures: BTreeMap<Failure, u64>,
    /// which ones were acknowledged
    pub numbers: Acknowledged,
    /// by partition, the offset behind the last acknowledged message
    pub offsets: BTreeMap<i32, i64>,
}

/// Where and why a message was not written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failure {
    /// its topic
    pub topic: String,
    /// its partition; none if it was refused before one was chosen
    pub partition: Option<i32>,
    /// in the client's words
    pub cause: String,
}

impl Deliveries {
    /// Number of messages that failed.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.failures.values().sum()
    }

    /// Number of messages of which nothing is known yet.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        self.sent.saturating_sub(self.acknowledged + self.failed())
    }
}

/// Takes lines for a log.
pub type Logger = Arc<dyn Fn(&str) + Send + Sync>;

/// What librdkafka tells: acknowledgements, errors, log lines.
pub(super) struct Reports {
    state: Mutex<State>,
    log: Logger,
    redaction: Redaction,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) deliveries: Deliveries,
    /// the last thing that was wrong with a connection
    pub(super) trouble: Option<(KafkaError, String)>,
    /// why a connection failed, as it was logged: some of this is never told as trouble
    pub(super) failed: Option<String>,
    /// a failure after which sending more makes no sense
    pub(super) fatal: Option<String>,
}

impl Reports {
    pub(super) fn new(log: Logger, redaction: Redaction) -> Self {
        Self { state: Mutex::default(), log, redaction }
    }

    pub(super) fn logger(&self) -> Logger {
        Arc::clone(&self.log)
    }

    pub(super) fn redaction(&self) -> &Redaction {
        &self.redaction
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // counts are whole at every moment, so a panic elsewhere spoils nothing
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn failed(&self, topic: &str, partition: Option<i32>, error: &KafkaError) {
        let cause = self.redaction.of(&described(error));
        let mut state = self.state();
        if !concerns_one_message(error) && state.fatal.is_none() {
            state.fatal = Some(cause.clone());
        }
        let failure = Failure { topic: topic.to_owned(), partition, cause };
        *state.deliveries.failures.entry(failure).or_default() += 1;
    }
}

/// Whether the messages after this one may still be written.
fn concerns_one_message(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::MessageSizeTooLarge
                | RDKafkaErrorCode::InvalidMessageSize
                | RDKafkaErrorCode::InvalidTimestamp
                | RDKafkaErrorCode::InvalidRecord
                | RDKafkaErrorCode::PurgeQueue
        )
    )
}

/// An error in the client's words, without the wrapping of its Rust form.
pub(super) fn described(error: &KafkaError) -> String {
    match (error, error.rdkafka_error_code()) {
        (KafkaError::Transaction(error), _) => error.to_string(),
        (_, Some(RDKafkaErrorCode::MessageTimedOut)) => {
            "not acknowledged within the delivery timeout".to_owned()
        }
        (_, Some(RDKafkaErrorCode::PurgeQueue)) => "given up before it was sent".to_owned(),
        (_, Some(code)) => code.to_string(),
        (_, None) => error.to_string(),
    }
}

impl ClientContext for Reports {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        if facility == "FAIL" {
            // [thrd:NAME]: what failed
            let said = message.split_once("]: ").map_or(message, |(_, said)| said);
            self.state().failed = Some(self.redaction.of(said));
        }
        (self.log)(&self.redaction.of(&format!("librdkafka {level:?} {facility}: {message}")));
    }

    fn error(&self, error: KafkaError, reason: &str) {
        let reason = self.redaction.of(reason);
        (self.log)(&format!("librdkafka: {reason}"));
        let mut state = self.state();
        // that all brokers are away says less than why one of them is
        let all_down = error.rdkafka_error_code() == Some(RDKafkaErrorCode::AllBrokersDown);
        if !all_down || state.trouble.is_none() {
            state.trouble = Some((error, reason));
        }
    }
}

impl ConsumerContext for Reports {}

impl ProducerContext for Reports {
    /// the message's number
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, number: usize) {
        match result {
            Ok(message) => {
                let deliveries = &mut self.state().deliveries;
                deliveries.acknowledged += 1;
                deliveries.numbers.insert(number as u64);
                let next = deliveries.offsets.entry(message.partition()).or_default();
                *next = message.offset().saturating_add(1).max(*next);
            }
            Err((error, message)) => {
                let partition = Some(message.partition()).filter(|&partition| partition >= 0);
                self.failed(message.topic(), partition, error);
            }
        }
    }
}
