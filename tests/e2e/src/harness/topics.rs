//! Kafka: topics, raw values, and all that a topic holds.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Headers, Message};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use super::wait_for;

const PATIENCE: Duration = Duration::from_secs(30);

/// A raw record to send.
#[derive(Debug, Clone, Default)]
pub struct Value {
    /// none for an empty key
    pub key: Option<String>,
    /// none for a tombstone
    pub bytes: Option<Vec<u8>>,
    /// event time, ms on the wall clock
    pub timestamp: i64,
    /// partition to send it to
    pub partition: i32,
}

/// A record as it lies in a topic.
#[derive(Debug, Clone)]
pub struct Received {
    /// partition it lies in
    pub partition: i32,
    /// its offset there
    pub offset: i64,
    /// ms
    pub timestamp: Option<i64>,
    /// key, as text
    pub key: Option<String>,
    /// the bytes
    pub value: Option<Vec<u8>>,
    /// headers, as text
    pub headers: BTreeMap<String, String>,
}

/// A rejected or late record with the place that it had: topic, partition, offset.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeadLetter {
    /// where it lay
    pub place: (String, i32, i64),
    /// `reason` header
    pub reason: String,
    /// `late-for` header, if any
    pub late_for: Option<String>,
    /// the bytes as they lay there
    pub value: Option<Vec<u8>>,
}

/// A Kafka.
pub struct Topics {
    bootstrap: String,
    producer: ThreadedProducer<DefaultProducerContext>,
}

impl Topics {
    pub(super) fn new(bootstrap: &str) -> Result<Self> {
        let producer = config(bootstrap)
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("message.max.bytes", "4000000")
            .create()?;
        Ok(Self { bootstrap: bootstrap.to_owned(), producer })
    }

    /// Makes a topic that keeps records however old they are.
    ///
    /// # Errors
    /// If it exists or the broker refuses.
    pub fn create(&self, name: &str, partitions: i32) -> Result<()> {
        let admin: AdminClient<DefaultClientContext> = config(&self.bootstrap).create()?;
        let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1))
            .set("retention.ms", "-1")
            .set("segment.ms", "9223372036854775807")
            .set("max.message.bytes", "4000000");
        let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
        for result in pollster::block_on(admin.create_topics([&topic], &options))? {
            result.map_err(|(name, code)| anyhow::anyhow!("creating topic {name}: {code}"))?;
        }
        self.await_partitions(name, usize::try_from(partitions)?)
    }

    fn await_partitions(&self, name: &str, partitions: usize) -> Result<()> {
        wait_for(
            &format!("topic {name} has {partitions} partitions with a leader"),
            PATIENCE,
            || {
                let metadata = self.producer.client().fetch_metadata(Some(name), PATIENCE)?;
                let ready = metadata.topics().iter().any(|topic| {
                    topic.partitions().len() == partitions
                        && topic.partitions().iter().all(|one| one.leader() >= 0)
                });
                Ok(ready.then_some(()))
            },
        )
    }

    /// Adds partitions to a topic, so that it has `partitions`, and waits until a producer knows them.
    ///
    /// # Errors
    /// If the broker refuses.
    pub fn extend(&self, name: &str, partitions: usize) -> Result<()> {
        let admin: AdminClient<DefaultClientContext> = config(&self.bootstrap).create()?;
        let more = NewPartitions::new(name, partitions);
        let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
        for result in pollster::block_on(admin.create_partitions([&more], &options))? {
            result.map_err(|(name, code)| anyhow::anyhow!("extending topic {name}: {code}"))?;
        }
        self.await_partitions(name, partitions)
    }

    /// Sends values and waits until all are acknowledged.
    ///
    /// # Errors
    /// If one could not be sent.
    pub fn send(&self, topic: &str, values: &[Value]) -> Result<()> {
        self.offer(topic, values)?;
        self.producer.flush(PATIENCE)?;
        Ok(())
    }

    /// Hands values over without waiting for what becomes of them.
    ///
    /// # Errors
    /// If there is no room for them.
    pub fn offer(&self, topic: &str, values: &[Value]) -> Result<()> {
        for value in values {
            let mut record: BaseRecord<'_, str, [u8]> =
                BaseRecord::to(topic).partition(value.partition).timestamp(value.timestamp);
            if let Some(key) = &value.key {
                record = record.key(key);
            }
            if let Some(bytes) = &value.bytes {
                record = record.payload(bytes);
            }
            self.producer
                .send(record)
                .map_err(|(error, _)| error)
                .with_context(|| format!("sending to {topic}"))?;
        }
        Ok(())
    }

    /// Number of records in a topic, over all partitions.
    ///
    /// # Errors
    /// If the topic does not exist.
    pub fn count(&self, topic: &str) -> Result<i64> {
        let client = self.producer.client();
        let mut count = 0;
        for partition in self.partitions(topic)? {
            let (low, high) = client.fetch_watermarks(topic, partition, PATIENCE)?;
            count += high - low;
        }
        Ok(count)
    }

    /// Number of records in a topic, with those of transactions that are not committed.
    ///
    /// # Errors
    /// If the topic does not exist.
    pub fn count_uncommitted(&self, topic: &str) -> Result<i64> {
        let consumer: BaseConsumer = config(&self.bootstrap)
            .set("group.id", "e2e-counter")
            .set("isolation.level", "read_uncommitted")
            .create()?;
        let mut count = 0;
        for partition in self.partitions(topic)? {
            let (low, high) = consumer.fetch_watermarks(topic, partition, PATIENCE)?;
            count += high - low;
        }
        Ok(count)
    }

    /// The sum of the positions that a consumer group has published, over all partitions of a topic; 0 while the broker
    /// does not know the group.
    ///
    /// # Errors
    /// If Kafka does not answer.
    pub fn committed(&self, group: &str, topic: &str) -> Result<i64> {
        let consumer: BaseConsumer = config(&self.bootstrap).set("group.id", group).create()?;
        let mut partitions = TopicPartitionList::new();
        for partition in self.partitions(topic)? {
            partitions.add_partition(topic, partition);
        }
        let committed = match consumer.committed_offsets(partitions, PATIENCE) {
            // a broker that has just come back does not know the group yet
            Err(KafkaError::MetadataFetch(
                RDKafkaErrorCode::NotCoordinator
                | RDKafkaErrorCode::CoordinatorNotAvailable
                | RDKafkaErrorCode::CoordinatorLoadInProgress,
            )) => return Ok(0),
            other => other?,
        };
        Ok(committed
            .elements()
            .iter()
            .filter_map(|one| one.offset().to_raw())
            .filter(|&offset| offset > 0)
            .sum())
    }

    /// All committed records of a topic, partition by partition in order; none if there is no such topic.
    ///
    /// # Errors
    /// If they can't be read to the end.
    pub fn read(&self, topic: &str) -> Result<Vec<Received>> {
        let partitions = self.partitions(topic)?;
        let consumer: BaseConsumer = config(&self.bootstrap)
            .set("group.id", "e2e-reader")
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .set("fetch.message.max.bytes", "4000000")
            .create()?;
        let mut assignment = TopicPartitionList::new();
        for partition in &partitions {
            assignment.add_partition_offset(topic, *partition, Offset::Beginning)?;
        }
        consumer.assign(&assignment)?;
        let mut records = Vec::new();
        let mut ended = 0;
        while ended < partitions.len() {
            match consumer.poll(PATIENCE) {
                Some(Ok(message)) => records.push(received(&message)),
                Some(Err(KafkaError::PartitionEOF(_))) => ended += 1,
                Some(Err(error)) => return Err(error).with_context(|| format!("reading {topic}")),
                None => bail!("the end of {topic} did not come in {} s", PATIENCE.as_secs()),
            }
        }
        records.sort_by_key(|record| (record.partition, record.offset));
        Ok(records)
    }

    /// The dead letters of a topic, ascending, each once: a recovery may write one again.
    ///
    /// # Errors
    /// If one lacks a header or its key is not its place.
    pub fn dead_letters(&self, topic: &str) -> Result<Vec<DeadLetter>> {
        let mut letters = self.read(topic)?.iter().map(dead_letter).collect::<Result<Vec<_>>>()?;
        letters.sort();
        letters.dedup();
        Ok(letters)
    }

    fn partitions(&self, topic: &str) -> Result<Vec<i32>> {
        // Asking for a topic by name would make it where brokers make topics by themselves.
        let metadata = self.producer.client().fetch_metadata(None, PATIENCE)?;
        let found = metadata.topics().iter().find(|candidate| candidate.name() == topic);
        Ok(found
            .map_or_else(Vec::new, |topic| topic.partitions().iter().map(|one| one.id()).collect()))
    }
}

fn config(bootstrap: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap);
    config
}

fn received(message: &impl Message) -> Received {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = message.headers().map_or_else(BTreeMap::new, |headers| {
        headers
            .iter()
            .map(|header| (header.key.to_owned(), header.value.map(text).unwrap_or_default()))
            .collect()
    });
    Received {
        partition: message.partition(),
        offset: message.offset(),
        timestamp: message.timestamp().to_millis(),
        key: message.key().map(text),
        value: message.payload().map(<[u8]>::to_vec),
        headers,
    }
}

fn dead_letter(record: &Received) -> Result<DeadLetter> {
    let header = |name: &str| {
        record
            .headers
            .get(name)
            .with_context(|| format!("a dead letter without header {name}: {:?}", record.headers))
    };
    let place = (
        header("source-topic")?.clone(),
        header("source-partition")?.parse()?,
        header("source-offset")?.parse()?,
    );
    let key = format!("{}/{}/{}", place.0, place.1, place.2);
    if record.key.as_deref() != Some(key.as_str()) {
        bail!("a dead letter from {key} has the key {:?}", record.key);
    }
    Ok(DeadLetter {
        place,
        reason: header("reason")?.clone(),
        late_for: record.headers.get("late-for").cloned(),
        value: record.value.clone(),
    })
}
