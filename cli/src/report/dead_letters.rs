//! What Kafka holds: how much, and for dead letters why.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};

use crate::exit::{Exit, Fault};
use crate::interrupt;
use crate::kafka::{Broker, PATIENCE, away, client};

/// The dead letters of a topic.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct DeadLetters {
    /// messages; the same letter can be there twice, after a recovery or a second run
    pub(super) messages: u64,
    /// distinct letters by what a header says
    pub(super) by_header: BTreeMap<String, u64>,
}

impl DeadLetters {
    /// Letters that differ in where their record was read.
    pub(super) fn distinct(&self) -> u64 {
        self.by_header.values().sum()
    }
}

/// A broker that answers.
pub(super) struct Reader {
    consumer: BaseConsumer,
}

impl Reader {
    pub(super) fn connect(broker: &Broker) -> anyhow::Result<Self> {
        let mut config = broker.config();
        // needed to read at all; it commits nothing
        config.set("group.id", "crimes-report").set("enable.auto.commit", "false");
        let consumer: BaseConsumer = client(&config)?;
        consumer.fetch_metadata(None, PATIENCE).map_err(|why| away(&broker.bootstrap, &why))?;
        Ok(Self { consumer })
    }

    /// Messages of a topic; none if there is no such topic.
    pub(super) fn count(&self, topic: &str) -> anyhow::Result<Option<u64>> {
        let ranges = self.ranges(topic)?;
        Ok(ranges
            .map(|ranges| ranges.values().map(|(low, high)| (high - low).unsigned_abs()).sum()))
    }

    /// First offset and the one after the last, of each partition; none if there is no such topic.
    fn ranges(&self, topic: &str) -> anyhow::Result<Option<BTreeMap<i32, (i64, i64)>>> {
        let metadata = self
            .consumer
            .fetch_metadata(None, PATIENCE)
            .with_context(|| format!("asking Kafka for {topic}"))?;
        let Some(found) = metadata.topics().iter().find(|it| it.name() == topic) else {
            return Ok(None);
        };
        let mut ranges = BTreeMap::new();
        for partition in found.partitions() {
            let range =
                self.consumer.fetch_watermarks(topic, partition.id(), PATIENCE).with_context(
                    || format!("asking Kafka for the offsets of {topic}/{}", partition.id()),
                )?;
            ranges.insert(partition.id(), range);
        }
        Ok(Some(ranges))
    }

    /// All dead letters of a topic, by the values of a header; none if there is no such topic.
    pub(super) fn dead_letters(
        &self,
        topic: &str,
        header: &str,
    ) -> anyhow::Result<Option<DeadLetters>> {
        let Some(ranges) = self.ranges(topic)? else { return Ok(None) };
        let mut ends: BTreeMap<i32, i64> = BTreeMap::new();
        let mut wanted = TopicPartitionList::new();
        for (&partition, &(low, high)) in ranges.iter().filter(|(_, (low, high))| low < high) {
            ends.insert(partition, high);
            wanted
                .add_partition_offset(topic, partition, Offset::Offset(low))
                .with_context(|| format!("reading {topic}/{partition}"))?;
        }
        self.consumer.assign(&wanted).with_context(|| format!("reading {topic}"))?;
        let mut letters = DeadLetters::default();
        let mut distinct: HashMap<Vec<u8>, String> = HashMap::new();
        let mut last = Instant::now();
        while !ends.is_empty() {
            if interrupt::requested() {
                return Err(Fault::new(Exit::Interrupted, format!("interrupted in {topic}")).into());
            }
            match self.consumer.poll(Duration::from_millis(100)) {
                Some(Ok(message)) => {
                    last = Instant::now();
                    if ends.get(&message.partition()).is_some_and(|end| message.offset() < *end) {
                        letters.messages += 1;
                        let key = message.key().unwrap_or_default().to_vec();
                        distinct.insert(key, value_of(&message, header));
                    }
                }
                Some(Err(KafkaError::MessageConsumption(
                    RDKafkaErrorCode::BrokerTransportFailure,
                )))
                | None => (),
                Some(Err(error)) => return Err(error).with_context(|| format!("reading {topic}")),
            }
            // Positions and not messages tell the end: markers of transactions have offsets, too.
            let position = self.consumer.position().with_context(|| format!("reading {topic}"))?;
            for element in position.elements() {
                if let Offset::Offset(next) = element.offset()
                    && ends.get(&element.partition()).is_some_and(|end| next >= *end)
                {
                    ends.remove(&element.partition());
                }
            }
            if last.elapsed() > PATIENCE * 3 {
                bail!("Kafka sent nothing of {topic} for {} s", last.elapsed().as_secs());
            }
        }
        self.consumer.unassign().with_context(|| format!("reading {topic}"))?;
        for value in distinct.into_values() {
            *letters.by_header.entry(value).or_default() += 1;
        }
        Ok(Some(letters))
    }
}

fn value_of(message: &BorrowedMessage<'_>, header: &str) -> String {
    let value = message
        .headers()
        .and_then(|headers| headers.iter().find(|it| it.key == header))
        .and_then(|it| it.value);
    value
        .map_or_else(|| format!("no {header}"), |value| String::from_utf8_lossy(value).into_owned())
}
