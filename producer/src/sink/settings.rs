//! What the Kafka client is told.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::ClientConfig;

/// Settings of a [`super::KafkaSink`].
#[derive(Debug, Clone)]
pub struct KafkaSettings {
    /// `host:port`, several with commas between
    pub bootstrap: String,
    /// where records go
    pub topic: String,
    /// any property of librdkafka, over ours
    pub properties: BTreeMap<String, String>,
    /// how long to wait for a first answer
    pub connect_timeout: Duration,
    /// how long a message may wait for its acknowledgement, with all retries
    pub delivery_timeout: Duration,
}

/// A setting that is refused.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// not `key=value`
    #[error("{0} is not key=value")]
    NotAPair(String),
}

/// Ours, where the user says nothing else. Sizes are chosen so that memory stays bounded: at most 64 MiB wait to be
/// sent.
const DEFAULTS: [(&str, &str); 9] = [
    ("client.id", "crimes"),
    ("enable.idempotence", "true"),
    ("acks", "all"),
    ("compression.type", "lz4"),
    ("linger.ms", "20"),
    ("batch.size", "1000000"),
    ("queue.buffering.max.messages", "100000"),
    ("queue.buffering.max.kbytes", "65536"),
    // the partition that Java's own producer would choose for the same key
    ("partitioner", "murmur2_random"),
];

impl KafkaSettings {
    pub(super) fn client(&self) -> ClientConfig {
        let mut config = self.connection();
        for (key, value) in DEFAULTS {
            config.set(key, value);
        }
        // asking for a topic must not make it
        config.set("allow.auto.create.topics", "false");
        config.set("message.timeout.ms", self.delivery_timeout.as_millis().to_string());
        for (key, value) in &self.properties {
            config.set(key, value);
        }
        config
    }

    /// Only what is needed to reach the brokers.
    fn connection(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.bootstrap);
        config
    }

    pub(super) fn redaction(&self) -> Redaction {
        let secrets =
            self.properties.iter().filter(|(key, value)| is_secret(key) && !value.is_empty());
        Redaction { secrets: secrets.map(|(_, value)| value.clone()).collect() }
    }
}

/// Whether a property's value must not be shown anywhere.
#[must_use]
pub(super) fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["password", "secret", "key.pem", "oauthbearer.config", "jaas"]
        .iter()
        .any(|part| key.contains(part))
}

/// Takes secrets out of texts.
#[derive(Clone, Default)]
pub(super) struct Redaction {
    secrets: Vec<String>,
}

impl Redaction {
    pub(super) fn of(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
    }
}
