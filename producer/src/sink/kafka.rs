//! Sends to Kafka with librdkafka: idempotent, acknowledged by all in-sync replicas, bounded in flight.

use std::time::{Duration, Instant};

use rdkafka::config::FromClientConfigAndContext as _;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

use super::deliveries::{Reports, described};
use super::settings::{KafkaSettings, Redaction};
use super::topic::TopicFacts;
use super::{Deliveries, Message, Sink, SinkError};

/// Messages between two looks at what came back.
const MESSAGES_BETWEEN_POLLS: u64 = 64;

/// One wait for room in the queue: an acknowledgement ends it sooner or later, whatever its length.
const ROOM: Duration = Duration::from_millis(1);

/// Sends messages to one topic.
///
/// Acknowledgements are taken by the thread that sends, between two messages and while it waits for room: a thread of
/// their own would only compete with it for the processor.
pub struct KafkaSink {
    producer: BaseProducer<Reports>,
    topic: String,
    facts: TopicFacts,
    sent: u64,
}

impl KafkaSink {
    /// Connects, and looks whether the topic is there. `log` gets what librdkafka has to say, without secrets.
    ///
    /// # Errors
    /// If no broker answers in time, the topic is not there, or a setting is refused.
    pub fn connect(
        settings: &KafkaSettings,
        log: Box<dyn Fn(&str) + Send + Sync>,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Self, SinkError> {
        let redaction = settings.redaction();
        let reports = Reports::new(log, redaction.clone());
        let producer: BaseProducer<Reports> =
            BaseProducer::from_config_and_context(&settings.client(), reports)
                .map_err(|error| SinkError::Settings(redaction.of(&refused(&error))))?;
        let facts = look_up(&producer, settings, &redaction, stopped)?;
        Ok(Self { producer, topic: settings.topic.clone(), facts, sent: 0 })
    }

    /// What is known of the topic.
    #[must_use]
    pub fn topic(&self) -> &TopicFacts {
        &self.facts
    }

    fn give_up_if_fatal(&self) -> Result<(), SinkError> {
        match &self.producer.context().state().fatal {
            Some(cause) => {
                Err(SinkError::Broken { topic: self.topic.clone(), cause: cause.clone() })
            }
            None => Ok(()),
        }
    }
}

/// Asks for the topic until a broker answers.
fn look_up(
    producer: &BaseProducer<Reports>,
    settings: &KafkaSettings,
    redaction: &Redaction,
    stopped: &dyn Fn() -> bool,
) -> Result<TopicFacts, SinkError> {
    let deadline = Instant::now() + settings.connect_timeout;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        // short, so that an error that no waiting mends, and the user, are heard soon
        let once = left.min(Duration::from_millis(500));
        let answer = producer.client().fetch_metadata(Some(&settings.topic), once);
        producer.poll(Duration::ZERO);
        let unreachable = || unreachable(producer, settings);
        match answer {
            Ok(metadata) => {
                let found = metadata.topics().iter().find(|topic| topic.name() == settings.topic);
                let error = found.and_then(|topic| topic.error()).map(RDKafkaErrorCode::from);
                let (topic, bootstrap) = (settings.topic.clone(), settings.bootstrap.clone());
                return match (found, error) {
                    (Some(topic), None) => Ok(TopicFacts { partitions: topic.partitions().len() }),
                    (None, _) | (_, Some(RDKafkaErrorCode::UnknownTopicOrPartition)) => {
                        Err(SinkError::NoTopic { topic, bootstrap })
                    }
                    (Some(_), Some(code)) => {
                        let cause = redaction.of(&code.to_string());
                        Err(SinkError::Topic { topic, bootstrap, cause })
                    }
                };
            }
            Err(_) if left.is_zero() || stopped() || is_hopeless(producer) => {
                return Err(unreachable());
            }
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
    let because = state.trouble.as_ref().map(|(_, reason)| format!(": {reason}"));
    SinkError::Unreachable {
        bootstrap: settings.bootstrap.clone(),
        seconds: settings.connect_timeout.as_secs(),
        because: because.unwrap_or_default(),
    }
}

/// A refused setting in the client's words.
fn refused(error: &KafkaError) -> String {
    match error {
        KafkaError::ClientConfig(_, said, key, _) => format!("{key}: {said}"),
        other => other.to_string(),
    }
}

impl Sink for KafkaSink {
    fn send(
        &mut self,
        message: Message<'_>,
        stopped: &dyn Fn() -> bool,
    ) -> Result<bool, SinkError> {
        let mut record: BaseRecord<'_, str, [u8]> =
            BaseRecord::to(&self.topic).payload(message.value).timestamp(message.timestamp);
        record.key = message.key;
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
        let deadline = Instant::now() + at_most;
        // librdkafka sends at once what lingers while it is asked to flush, so it is asked again and again
        while let Err(error) = self.producer.flush(Duration::ZERO) {
            if error.rdkafka_error_code() != Some(RDKafkaErrorCode::OperationTimedOut) {
                let cause = described(&error);
                return Err(SinkError::Broken { topic: self.topic.clone(), cause });
            }
            if Instant::now() >= deadline {
                break;
            }
            self.producer.poll(ROOM);
        }
        Ok(())
    }

    fn abandon(&mut self, at_most: Duration) -> Result<(), SinkError> {
        self.finish(at_most)
    }

    fn deliveries(&self) -> Deliveries {
        Deliveries { sent: self.sent, ..self.producer.context().state().deliveries.clone() }
    }
}
