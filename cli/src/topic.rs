//! Reads a topic from one offset to another.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};

use crate::exit::{Exit, Fault};
use crate::interrupt;
use crate::kafka::{Broker, PATIENCE, away, client};

/// First offset and the one after the last, of each partition.
pub(crate) type Ranges = BTreeMap<i32, (i64, i64)>;

/// A broker that answers.
pub(crate) struct TopicReader {
    consumer: BaseConsumer,
}

impl TopicReader {
    pub(crate) fn connect(broker: &Broker) -> anyhow::Result<Self> {
        let mut config = broker.config();
        // needed to read at all; it commits nothing
        config.set("group.id", "crimes-report").set("enable.auto.commit", "false");
        config.set("enable.partition.eof", "true");
        let consumer: BaseConsumer = client(&config)?;
        consumer.fetch_metadata(None, PATIENCE).map_err(|why| away(&broker.bootstrap, &why))?;
        Ok(Self { consumer })
    }

    /// What a topic holds now; none if there is no such topic.
    pub(crate) fn ranges(&self, topic: &str) -> anyhow::Result<Option<Ranges>> {
        let metadata = self
            .consumer
            .fetch_metadata(None, PATIENCE)
            .with_context(|| format!("asking Kafka for {topic}"))?;
        let Some(found) = metadata.topics().iter().find(|it| it.name() == topic) else {
            return Ok(None);
        };
        let mut ranges = Ranges::new();
        for partition in found.partitions() {
            let range =
                self.consumer.fetch_watermarks(topic, partition.id(), PATIENCE).with_context(
                    || format!("asking Kafka for the offsets of {topic}/{}", partition.id()),
                )?;
            ranges.insert(partition.id(), range);
        }
        Ok(Some(ranges))
    }

    /// Hands on every message of these ranges.
    pub(crate) fn read(
        &self,
        topic: &str,
        ranges: &Ranges,
        mut each: impl FnMut(&BorrowedMessage<'_>),
    ) -> anyhow::Result<()> {
        let mut ends: BTreeMap<i32, i64> = BTreeMap::new();
        let mut wanted = TopicPartitionList::new();
        for (&partition, &(low, high)) in ranges.iter().filter(|(_, (low, high))| low < high) {
            ends.insert(partition, high);
            wanted
                .add_partition_offset(topic, partition, Offset::Offset(low))
                .with_context(|| format!("reading {topic}/{partition}"))?;
        }
        self.consumer.assign(&wanted).with_context(|| format!("reading {topic}"))?;
        let mut last = Instant::now();
        while !ends.is_empty() {
            if interrupt::requested() {
                return Err(Fault::new(Exit::Interrupted, format!("interrupted in {topic}")).into());
            }
            match self.consumer.poll(Duration::from_millis(100)) {
                Some(Ok(message)) => {
                    last = Instant::now();
                    if ends.get(&message.partition()).is_some_and(|end| message.offset() < *end) {
                        each(&message);
                    }
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    ends.remove(&partition);
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
        self.consumer.unassign().with_context(|| format!("reading {topic}"))
    }
}
