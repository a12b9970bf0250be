//! Kafka's administration, one sentence for each thing that can go wrong.

use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};
use rdkafka::admin::{
    AdminClient, AdminOptions, ConfigSource, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::types::RDKafkaErrorCode;

use crate::exit::{Exit, Fault};
use crate::interrupt;
use crate::kafka::{KafkaOptions, PATIENCE, away, client};
use crate::session::Session;

/// How long the broker may take to make or delete a topic.
const DEADLINE: Duration = Duration::from_secs(60);
/// Time between two looks at the broker's metadata.
const PAUSE: Duration = Duration::from_millis(50);

/// A topic as it is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Topic {
    pub(super) name: String,
    pub(super) partitions: u16,
    pub(super) replication: u16,
    pub(super) max_message_bytes: u32,
}

/// A setting of a topic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Setting {
    pub(super) name: String,
    pub(super) value: String,
    /// set for this topic, not the broker's default
    pub(super) on_purpose: bool,
}

/// A broker that answers.
pub(super) struct Admin {
    bootstrap: String,
    admin: AdminClient<DefaultClientContext>,
    reader: BaseConsumer,
}

impl Admin {
    /// Fails if nobody answers.
    pub(super) fn connect(kafka: &KafkaOptions, session: &Session) -> anyhow::Result<Self> {
        let broker = kafka.broker(session)?;
        let (config, bootstrap) = (broker.config(), broker.bootstrap);
        let admin: AdminClient<DefaultClientContext> = client(&config)?;
        let reader: BaseConsumer = client(&config)?;
        reader.fetch_metadata(None, PATIENCE).map_err(|why| away(&bootstrap, &why))?;
        Ok(Self { bootstrap, admin, reader })
    }

    /// All topics with the number of their partitions, by name; without Kafka's own.
    pub(super) fn topics(&self) -> anyhow::Result<Vec<(String, usize)>> {
        let metadata = self
            .reader
            .fetch_metadata(None, PATIENCE)
            .map_err(|why| away(&self.bootstrap, &why))?;
        let mut topics: Vec<(String, usize)> = metadata
            .topics()
            .iter()
            .filter(|topic| !topic.name().starts_with("__"))
            .map(|topic| (topic.name().to_owned(), topic.partitions().len()))
            .collect();
        topics.sort();
        Ok(topics)
    }

    /// Makes a topic; false if there is one of this name.
    pub(super) fn create(&self, topic: &Topic) -> anyhow::Result<bool> {
        let size = topic.max_message_bytes.to_string();
        let wanted = NewTopic::new(
            &topic.name,
            i32::from(topic.partitions),
            TopicReplication::Fixed(i32::from(topic.replication)),
        )
        .set("retention.ms", "-1")
        // Kafka begins a new segment by the records' time too: a year of crimes sent within a second would make 52 of
        // them in each partition, which costs more than writing the records
        .set("segment.ms", "9223372036854775807")
        .set("max.message.bytes", &size);
        let results = pollster::block_on(self.admin.create_topics([&wanted], &options()))
            .map_err(|why| away(&self.bootstrap, &why))?;
        for result in results {
            match result {
                Ok(_) => (),
                Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => return Ok(false),
                Err((name, code)) => bail!("Kafka does not make the topic {name}: {code}"),
            }
        }
        Ok(true)
    }

    /// Waits until every partition of a topic has a leader, and says how many there are.
    pub(super) fn await_leaders(&self, name: &str) -> anyhow::Result<usize> {
        self.wait_for(&format!("every partition of {name} has a leader"), || {
            let metadata = self.reader.fetch_metadata(Some(name), PATIENCE)?;
            let topic = metadata.topics().iter().find(|topic| topic.name() == name);
            Ok(topic
                .filter(|topic| topic.error().is_none() && !topic.partitions().is_empty())
                .filter(|topic| topic.partitions().iter().all(|one| one.leader() >= 0))
                .map(|topic| topic.partitions().len()))
        })
    }

    /// Deletes a topic and waits until it is gone; false if there was none.
    pub(super) fn delete(&self, name: &str) -> anyhow::Result<bool> {
        let results = pollster::block_on(self.admin.delete_topics(&[name], &options()))
            .map_err(|why| away(&self.bootstrap, &why))?;
        for result in results {
            match result {
                Ok(_) => (),
                Err((
                    _,
                    RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic,
                )) => {
                    return Ok(false);
                }
                Err((name, code)) => bail!("Kafka does not delete the topic {name}: {code}"),
            }
        }
        self.wait_for(&format!("{name} is gone"), || {
            // all topics: asking for one by its name could make it again
            let metadata = self.reader.fetch_metadata(None, PATIENCE)?;
            Ok(metadata.topics().iter().all(|topic| topic.name() != name).then_some(()))
        })?;
        Ok(true)
    }

    /// All settings of a topic, by name.
    pub(super) fn settings(&self, name: &str) -> anyhow::Result<Vec<Setting>> {
        let results = pollster::block_on(
            self.admin.describe_configs([&ResourceSpecifier::Topic(name)], &options()),
        )
        .map_err(|why| away(&self.bootstrap, &why))?;
        let mut settings = Vec::new();
        for resource in results {
            let resource = resource
                .map_err(|code| anyhow!("Kafka does not describe the topic {name}: {code}"))?;
            let shown = resource.entries.into_iter().filter(|entry| !entry.is_sensitive);
            settings.extend(shown.map(|entry| Setting {
                name: entry.name,
                value: entry.value.unwrap_or_default(),
                on_purpose: matches!(entry.source, ConfigSource::DynamicTopic),
            }));
        }
        settings.sort();
        Ok(settings)
    }

    /// The value of one setting of a topic.
    pub(super) fn setting(&self, name: &str, setting: &str) -> anyhow::Result<String> {
        let all = self.settings(name)?;
        let found = all.into_iter().find(|it| it.name == setting).map(|it| it.value);
        found.with_context(|| format!("Kafka says nothing of {setting} of the topic {name}"))
    }

    /// First offset and the one after the last, of each partition.
    pub(super) fn offsets(&self, name: &str, partitions: usize) -> anyhow::Result<Vec<(i64, i64)>> {
        (0..partitions)
            .map(|partition| {
                self.reader.fetch_watermarks(name, partition as i32, PATIENCE).with_context(|| {
                    format!("Kafka does not give the offsets of {name}/{partition}")
                })
            })
            .collect()
    }

    fn wait_for<T>(
        &self,
        what: &str,
        mut condition: impl FnMut() -> rdkafka::error::KafkaResult<Option<T>>,
    ) -> anyhow::Result<T> {
        let start = Instant::now();
        loop {
            let last = condition();
            if let Ok(Some(value)) = last {
                return Ok(value);
            }
            if interrupt::requested() {
                return Err(
                    Fault::new(Exit::Interrupted, format!("interrupted before {what}")).into()
                );
            }
            if start.elapsed() > DEADLINE {
                let why = last.err().map(|error| format!(": {error}")).unwrap_or_default();
                bail!(
                    "Kafka at {}: waited {} s until {what}{why}",
                    self.bootstrap,
                    DEADLINE.as_secs()
                );
            }
            std::thread::sleep(PAUSE);
        }
    }
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(PATIENCE)).operation_timeout(Some(DEADLINE))
}
