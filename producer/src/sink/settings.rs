//! What the Kafka client is told.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

use super::properties::Properties;

/// Settings of a [`super::KafkaSink`].
#[derive(Debug, Clone)]
pub struct KafkaSettings {
    /// `host:port`, several with commas between
    pub bootstrap: String,
    /// where records go
    pub topic: String,
    /// any property of librdkafka, over ours
    pub properties: Properties,
    /// how long to wait for a first answer
    pub connect_timeout: Duration,
    /// how long a message may wait for its acknowledgement, with all retries
    pub delivery_timeout: Duration,
    /// all or nothing: one transaction under this id. Whoever starts one under the same id ends an open one
    pub transactional_id: Option<String>,
    /// each message carries this name and its number as a header, so that what has arrived can be found again
    pub run: Option<String>,
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

/// As long as brokers allow by default: the transaction holds a whole file.
const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(900);

impl KafkaSettings {
    /// For a producer.
    pub(super) fn producer(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        for (key, value) in DEFAULTS {
            config.set(key, value);
        }
        // asking for a topic must not make it
        config.set("allow.auto.create.topics", "false");
        config.set("message.timeout.ms", self.delivery_timeout.as_millis().to_string());
        if let Some(id) = &self.transactional_id {
            let longest = TRANSACTION_TIMEOUT.max(self.delivery_timeout);
            config.set("transactional.id", id);
            config.set("transaction.timeout.ms", longest.as_millis().to_string());
        }
        self.over(config)
    }

    /// For a client that only asks or reads.
    pub(super) fn reader(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("client.id", "crimes");
        self.over(config)
    }

    fn over(&self, mut config: ClientConfig) -> ClientConfig {
        for (key, value) in self.properties.iter() {
            config.set(key, value);
        }
        config.set("bootstrap.servers", &self.bootstrap);
        // all that it has to say; who listens decides what is shown
        config.set_log_level(RDKafkaLogLevel::Debug);
        config
    }

    /// What the user's properties take from what is promised, in sentences.
    #[must_use]
    pub fn weakened(&self) -> Vec<String> {
        let mut said = Vec::new();
        if self.properties.get("enable.idempotence").is_some_and(|value| value != "true") {
            said.push(
                "without enable.idempotence records can come twice or change places".to_owned(),
            );
        }
        for key in ["acks", "request.required.acks"] {
            if let Some(value) =
                self.properties.get(key).filter(|value| !matches!(*value, "all" | "-1"))
            {
                said.push(format!("with {key}={value} an acknowledged record can still be lost"));
            }
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(properties: &str) -> KafkaSettings {
        KafkaSettings {
            bootstrap: "one:1".to_owned(),
            topic: "crime".to_owned(),
            properties: Properties::parse(properties).unwrap(),
            connect_timeout: Duration::from_secs(1),
            delivery_timeout: Duration::from_secs(2),
            transactional_id: None,
            run: None,
        }
    }

    #[test]
    fn the_users_properties_are_over_ours() {
        let config = settings("compression.type=zstd\nbootstrap.servers=other:1").producer();
        assert_eq!(config.get("compression.type"), Some("zstd"));
        assert_eq!(config.get("acks"), Some("all"));
        assert_eq!(config.get("message.timeout.ms"), Some("2000"));
        assert_eq!(config.get("bootstrap.servers"), Some("one:1"));
    }

    #[test]
    fn what_breaks_a_promise_is_told() {
        assert!(settings("acks=all\nlinger.ms=5").weakened().is_empty());
        assert_eq!(settings("acks=1\nenable.idempotence=false").weakened().len(), 2);
    }
}
