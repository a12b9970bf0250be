//! Sends to Kafka with librdkafka: idempotent, acknowledged by all in-sync replicas, bounded in flight.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::config::FromClientConfigAndContext as _;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _, PurgeConfig};

use super::arrived::RUN_HEADER;
use super::deliveries::{Logger, Reports, described};
use super::settings::KafkaSettings;
use super::topic::TopicFacts;
use super::{Acknowledged, Deliveries, Message, Sink, SinkError};

/// Messages between two looks at what came back.
const MESSAGES_BETWEEN_POLLS: u64 = 64;

/// One wait for room in the queue. The client waits for whole milliseconds and turns in circles for the rest of the
/// last one, so that short waits cost as much as working; and in this time only a small part of the queue is sent.
const ROOM: Duration = Duration::from_millis(20);

/// One wait for the last acknowledgements.
const LAST: Duration = Duration::from_millis(5);

/// Sends messages to one topic.
///
/// Acknowledgements are taken by the thread that sends, between two messages and while it waits for room: a thread of
/// their own would only compete with it for the processor.
pub struct KafkaSink {
    producer: BaseProducer<Reports>,
    topic: String,
    transactional_id: Option<String>,
    run: Option<String>,
    facts: TopicFacts,
    cluster: Option<String>,
    timeout: Duration,
    sent: u64,
}

impl KafkaSink {
    /// Connects, looks at the topic, and begins a transaction if there is to be one. `log` gets what librdkafka has to
    /// say, without secrets. `stopped` ends the waiting for a first answer.
    ///
    /// # Errors
    /// If no broker answers in time, the topic is not there, or a setting is refused.
    pub fn connect(
        settings: &KafkaSettings,
        log: Logger,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Self, SinkError> {
        let redaction = settings.properties.redaction();
        let reports = || Reports::new(Arc::clone(&log), redaction.clone());
        let producer: BaseProducer<Reports> =
            BaseProducer::from_config_and_context(&settings.producer(), reports())
                .map_err(|error| SinkError::Settings(redaction.of(&refused(&error))))?;
        let partitions = count_partitions(&producer, settings, stopped)?;
        let facts = TopicFacts::ask(&settings.topic, partitions, settings, reports());
        let cluster = producer.client().fetch_cluster_id(settings.connect_timeout);
        let sink = Self {
            producer,
            topic: settings.topic.clone(),
            transactional_id: settings.transactional_id.clone(),
            run: settings.run.clone(),
            facts,
            cluster,
            timeout: settings.connect_timeout,
            sent: 0,
        };
        sink.begin(settings.connect_timeout)?;
        Ok(sink)
    }

    /// What is known of the topic.
    #[must_use]
    pub fn topic(&self) -> &TopicFacts {
        &self.facts
    }

    /// The name that the cluster gave itself, if it tells.
    #[must_use]
    pub fn cluster(&self) -> Option<&str> {
        self.cluster.as_deref()
    }

    /// Takes up where runs before this one ended: these messages were acknowledged to them.
    pub fn resume(&mut self, acknowledged: Acknowledged) {
        self.producer.context().state().deliveries.numbers = acknowledged;
    }

    /// Where each partition ends now.
    ///
    /// # Errors
    /// If Kafka does not say.
    pub fn ends(&self) -> Result<BTreeMap<i32, i64>, SinkError> {
        let client = self.producer.client();
        let fail = |error: KafkaError| SinkError::Broken {
            topic: self.topic.clone(),
            cause: described(&error),
        };
        let metadata = client.fetch_metadata(Some(&self.topic), self.timeout).map_err(fail)?;
        let mut ends = BTreeMap::new();
        for partition in metadata.topics().iter().flat_map(|topic| topic.partitions()) {
            let (_, end) =
                client.fetch_watermarks(&self.topic, partition.id(), self.timeout).map_err(fail)?;
            ends.insert(partition.id(), end);
        }
        Ok(ends)
    }

    fn begin(&self, timeout: Duration) -> Result<(), SinkError> {
        if self.transactional_id.is_none() {
            return Ok(());
        }
        // the coordinator may have to be found, and an open transaction of the same id to be ended
        let begun = self.producer.init_transactions(timeout.max(Duration::from_secs(30)));
        begun
            .and_then(|()| self.producer.begin_transaction())
            .map_err(|error| self.transaction("can't be begun", &error))
    }

    fn transaction(&self, what: &'static str, error: &KafkaError) -> SinkError {
        let id = self.transactional_id.clone().unwrap_or_default();
        let cause = self.producer.context().redaction().of(&described(error));
        SinkError::Transaction { id, what, cause }
    }

    fn give_up_if_fatal(&self) -> Result<(), SinkError> {
        match &self.producer.context().state().fatal {
            Some(cause) => {
                Err(SinkError::Broken { topic: self.topic.clone(), cause: cause.clone() })
            }
            None => Ok(()),
        }
    }

    /// Waits for acknowledgements until all are there or the time is over.
    fn wait_for_all(&self, at_most: Duration) {
        let deadline = Instant::now() + at_most;
        // librdkafka sends at once what lingers while it is asked to flush, so it is asked again and again
        while self.producer.flush(Duration::ZERO).is_err() && Instant::now() < deadline {
            self.producer.poll(LAST);
        }
    }
}

/// Asks for the topic until a broker answers.
fn count_partitions(
    producer: &BaseProducer<Reports>,
    settings: &KafkaSettings,
    stopped: &dyn Fn() -> bool,
) -> Result<usize, SinkError> {
    let deadline = Instant::now() + settings.connect_timeout;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        // short, so that an error that no waiting mends, and the user, are heard soon
        let once = left.min(Duration::from_millis(500));
        let answer = producer.client().fetch_metadata(Some(&settings.topic), once);
        producer.poll(Duration::ZERO);
        match answer {
            Ok(metadata) => {
                let found = metadata.topics().iter().find(|topic| topic.name() == settings.topic);
                let error = found.and_then(|topic| topic.error()).map(RDKafkaErrorCode::from);
                let (topic, bootstrap) = (settings.topic.clone(), settings.bootstrap.clone());
                return match (found, error) {
                    (Some(topic), None) => Ok(topic.partitions().len()),
                    (None, _) | (_, Some(RDKafkaErrorCode::UnknownTopicOrPartition)) => {
                        Err(SinkError::NoTopic { topic, bootstrap })
                    }
                    (Some(_), Some(code)) => {
                        Err(SinkError::Topic { topic, bootstrap, cause: code.to_string() })
                    }
                };
            }
            Err(_) if is_hopeless(producer) => {
                let state = producer.context().state();
                let reason = state.trouble.as_ref().map(|(_, reason)| reason.clone());
                return Err(SinkError::Refused {
                    bootstrap: settings.bootstrap.clone(),
                    cause: reason.unwrap_or_default(),
                });
            }
            Err(_) if left.is_zero() || stopped() => return Err(unreachable(producer, settings)),
            Err(_) => {}
        }
    }
}

/// Whether the last trouble is one that no waiting mends.
fn is_hopeless(producer: &BaseProducer<Reports>) -> bool {
    let state = producer.context().state();
    let code = state.trouble.as_ref().and_then(|(error, _)| error.rdkafka_error_code());
    matches!(
        code,
        Some(
            RDKafkaErrorCode::Authentication
                | RDKafkaErrorCode::SaslAuthenticationFailed
                | RDKafkaErrorCode::UnsupportedSASLMechanism
                | RDKafkaErrorCode::SSL
        )
    )
}

fn unreachable(producer: &BaseProducer<Reports>, settings: &KafkaSettings) -> SinkError {
    let state = producer.context().state();
    let told = state
        .trouble
        .as_ref()
        .filter(|(error, _)| error.rdkafka_error_code() != Some(RDKafkaErrorCode::AllBrokersDown));
    let because = told.map(|(_, reason)| reason).or(state.failed.as_ref());
    SinkError::Unreachable {
        bootstrap: settings.bootstrap.clone(),
        seconds: settings.connect_timeout.as_secs(),
        because: because.map(|reason| format!(": {reason}")).unwrap_or_default(),
    }
}

/// A refused setting in the client's words, without its value: it may be a secret in the wrong place.
fn refused(error: &KafkaError) -> String {
    match error {
        KafkaError::ClientConfig(_, said, key, value) => {
            let said = if value.is_empty() { said.clone() } else { said.replace(value, "..") };
            format!("{key}: {said}")
        }
        KafkaError::ClientCreation(said) => said.clone(),
        other => other.to_string(),
    }
}

impl Sink for KafkaSink {
    fn send(
        &mut self,
        message: Message<'_>,
        stopped: &dyn Fn() -> bool,
    ) -> Result<bool, SinkError> {
        let number = message.number as usize; // no run has more than 2^64 messages
        let mut record: BaseRecord<'_, str, [u8], usize> =
            BaseRecord::with_opaque_to(&self.topic, number)
                .payload(message.value)
                .timestamp(message.timestamp);
        record.key = message.key;
        if let Some(run) = &self.run {
            let value = format!("{run}/{number}");
            let header = Header { key: RUN_HEADER, value: Some(&value) };
            record.headers = Some(OwnedHeaders::new_with_capacity(1).insert(header));
        }
        loop {
            match self.producer.send(record) {
                Ok(()) => break,
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    if stopped() {
                        return Ok(false);
                    }
                    record = back;
                    self.producer.poll(ROOM);
                    self.give_up_if_fatal()?;
                }
                Err((error, _)) => {
                    self.producer.context().failed(&self.topic, None, &error);
                    self.give_up_if_fatal()?;
                    break;
                }
            }
        }
        self.sent += 1;
        if self.sent.is_multiple_of(MESSAGES_BETWEEN_POLLS) {
            self.producer.poll(Duration::ZERO);
            self.give_up_if_fatal()?;
        }
        Ok(true)
    }

    fn wait(&mut self, duration: Duration) {
        self.producer.poll(duration);
    }

    fn finish(&mut self, at_most: Duration) -> Result<(), SinkError> {
        self.wait_for_all(at_most);
        if self.transactional_id.is_none() {
            return Ok(());
        }
        let deliveries = self.deliveries();
        if deliveries.acknowledged < deliveries.sent {
            return self.abandon(at_most);
        }
        self.producer
            .commit_transaction(at_most)
            .map_err(|error| self.transaction("can't be committed", &error))
    }

    fn abandon(&mut self, at_most: Duration) -> Result<(), SinkError> {
        if self.transactional_id.is_none() {
            self.wait_for_all(at_most);
            return Ok(());
        }
        self.producer.purge(PurgeConfig::default().queue());
        self.wait_for_all(at_most);
        self.producer.abort_transaction(at_most).map_err(|error| {
            self.transaction("can't be undone now; Kafka undoes it after its timeout", &error)
        })
    }

    fn deliveries(&self) -> Deliveries {
        Deliveries { sent: self.sent, ..self.producer.context().state().deliveries.clone() }
    }
}
