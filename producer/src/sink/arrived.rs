//! Finds out what a run that was killed had sent beyond what it had written down.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::config::FromClientConfigAndContext as _;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};
use rdkafka::{Offset, TopicPartitionList};

use super::SinkError;
use super::deliveries::{Logger, Reports, described};
use super::settings::KafkaSettings;

/// The header that each message of a run that can be resumed carries: the run's name, a slash, the message's number.
pub(super) const RUN_HEADER: &str = "crimes-run";

/// How long the topic may stay silent while it is read.
const SILENCE: Duration = Duration::from_secs(30);

/// Where to look for a run's messages, by partition.
#[derive(Debug, Clone, Copy)]
pub struct Offsets<'a> {
    /// where the topic ended before the run's first message
    pub start: &'a BTreeMap<i32, i64>,
    /// behind the last message that is known to be acknowledged
    pub acknowledged: &'a BTreeMap<i32, i64>,
}

/// Reads the topic from the given offsets to its end, and gives the numbers of the messages of `run` that lie there.
///
/// # Errors
/// If Kafka can't be read, or the topic does not hold what was acknowledged: then it was made anew.
pub fn arrived(
    settings: &KafkaSettings,
    run: &str,
    offsets: Offsets<'_>,
    log: &Logger,
) -> Result<Vec<u64>, SinkError> {
    let topic = settings.topic.as_str();
    let fail = |cause: String| SinkError::Broken { topic: topic.to_owned(), cause };
    let reports = Reports::new(Arc::clone(log), settings.properties.redaction());
    let mut config = settings.reader();
    config
        .set("group.id", "crimes-resume") // never joined: partitions are assigned by hand
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "false")
        .set("auto.offset.reset", "earliest");
    let consumer: BaseConsumer<Reports> = BaseConsumer::from_config_and_context(&config, reports)
        .map_err(|error| fail(described(&error)))?;
    let mut ends = BTreeMap::new();
    let mut assignment = TopicPartitionList::new();
    for partition in partitions(&consumer, settings)? {
        let (low, high) = consumer
            .fetch_watermarks(topic, partition, settings.connect_timeout)
            .map_err(|error| fail(described(&error)))?;
        let from = match (offsets.acknowledged.get(&partition), offsets.start.get(&partition)) {
            // the last acknowledged message too: it shows that the topic is still the same
            (Some(behind), _) => behind - 1,
            (None, Some(start)) => *start,
            (None, None) => 0,
        };
        if high < from || (high == from && offsets.acknowledged.contains_key(&partition)) {
            return Err(made_anew(topic));
        }
        let from = from.max(low);
        if from < high {
            ends.insert(partition, high);
            assignment
                .add_partition_offset(topic, partition, Offset::Offset(from))
                .map_err(|error| fail(described(&error)))?;
        }
    }
    consumer.assign(&assignment).map_err(|error| fail(described(&error)))?;
    let mut numbers = BTreeSet::new();
    let mut heard = Instant::now();
    while !ends.is_empty() {
        let Some(message) = consumer.poll(Duration::from_millis(100)) else {
            if heard.elapsed() > SILENCE {
                return Err(fail(format!("it gave nothing to read for {} s", SILENCE.as_secs())));
            }
            // a control record at the end of a partition is never handed out, but the position passes it
            ends.retain(|&partition, end| position(&consumer, topic, partition) < *end);
            continue;
        };
        let message = message.map_err(|error| fail(described(&error)))?;
        heard = Instant::now();
        let number = number_in(&message, run);
        let acknowledged = offsets
            .acknowledged
            .get(&message.partition())
            .is_some_and(|&behind| message.offset() < behind);
        match number {
            Some(number) => drop(numbers.insert(number)),
            None if acknowledged => return Err(made_anew(topic)),
            None => {}
        }
        if ends.get(&message.partition()).is_some_and(|&end| message.offset() + 1 >= end) {
            ends.remove(&message.partition());
        }
    }
    Ok(numbers.into_iter().collect())
}

/// Where reading stands; before the beginning where it has not begun.
fn position(consumer: &BaseConsumer<Reports>, topic: &str, partition: i32) -> i64 {
    let positions = consumer.position().ok();
    let found = positions.as_ref().and_then(|all| all.find_partition(topic, partition));
    match found.map(|element| element.offset()) {
        Some(Offset::Offset(offset)) => offset,
        _ => -1,
    }
}

fn partitions(
    consumer: &BaseConsumer<Reports>,
    settings: &KafkaSettings,
) -> Result<Vec<i32>, SinkError> {
    let metadata =
        consumer.fetch_metadata(Some(&settings.topic), settings.connect_timeout).map_err(
            |error| SinkError::Broken { topic: settings.topic.clone(), cause: described(&error) },
        )?;
    let topic = metadata.topics().iter().find(|topic| topic.name() == settings.topic);
    Ok(topic
        .map(|topic| topic.partitions().iter().map(|one| one.id()).collect())
        .unwrap_or_default())
}

fn made_anew(topic: &str) -> SinkError {
    SinkError::Changed(format!(
        "topic {topic} does not hold the records that were acknowledged before: it was made anew or emptied since"
    ))
}

/// The message's number, if it is one of the run's.
fn number_in(message: &BorrowedMessage<'_>, run: &str) -> Option<u64> {
    let header = message.headers()?.iter().find(|header| header.key == RUN_HEADER)?;
    number_of(header.value?, run)
}

fn number_of(value: &[u8], run: &str) -> Option<u64> {
    std::str::from_utf8(value).ok()?.strip_prefix(run)?.strip_prefix('/')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_runs_own_messages_have_a_number() {
        assert_eq!(number_of(b"run/17", "run"), Some(17));
        for value in [&b"other/17"[..], b"run17", b"run/", b"runs/17", b"run/x", b"\xff/1"] {
            assert_eq!(number_of(value, "run"), None, "{value:?}");
        }
    }
}
