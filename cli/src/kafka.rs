//! How the commands reach Kafka, and what they say when they cannot.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use clap::Args;
use rdkafka::client::{Client, ClientContext};
use rdkafka::config::{ClientConfig, FromClientConfig, RDKafkaLogLevel};
use rdkafka::error::KafkaError;

use crate::exit::{Exit, Fault};

/// How long a server may take to answer before it counts as away.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Options of every command that talks to Kafka.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Kafka")]
pub(crate) struct KafkaOptions {
    /// Where Kafka is, for instance 127.0.0.1:9092
    #[arg(long, value_name = "HOST:PORT,..", env = "KAFKA_BOOTSTRAP", hide_env_values = true)]
    pub(crate) bootstrap: String,
    /// A property of librdkafka, for instance security.protocol=SSL; repeatable
    #[arg(short = 'X', value_name = "KEY=VALUE", value_parser = property)]
    properties: Vec<(String, String)>,
}

/// KEY=VALUE, neither empty. The value may be a secret, so an error does not repeat it.
fn property(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => {
            Ok((key.trim().to_owned(), value.to_owned()))
        }
        _ => Err("give KEY=VALUE, such as security.protocol=SSL".to_owned()),
    }
}

impl KafkaOptions {
    /// Properties for a client, the user's over ours.
    pub(crate) fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.bootstrap);
        config.set("client.id", "crimes");
        // what librdkafka logs is said again in the error that it returns
        config.set_log_level(RDKafkaLogLevel::Critical);
        for (key, value) in &self.properties {
            config.set(key, value);
        }
        config
    }

    /// Fails with [`Exit::Unreachable`] unless a broker answers in time.
    pub(crate) fn reach<C: ClientContext>(&self, client: &Client<C>) -> anyhow::Result<()> {
        client.fetch_metadata(None, PATIENCE).with_context(|| self.away())?;
        Ok(())
    }

    /// That nobody answers, and what to do.
    pub(crate) fn away(&self) -> Fault {
        away(&self.bootstrap)
    }
}

/// A client with these settings. What librdkafka says of a wrong one holds its value, which may be a secret.
pub(crate) fn client<T: FromClientConfig>(config: &ClientConfig) -> anyhow::Result<T> {
    config.create().map_err(|error| match error {
        KafkaError::ClientConfig(_, why, key, value) => {
            let why = if value.is_empty() { why } else { why.replace(&value, "..") };
            anyhow!("Kafka's client does not take the property {key} (-X): {why}")
        }
        error => anyhow::Error::from(error).context("Kafka's client refuses its settings"),
    })
}

/// That no broker answers, and what to do.
pub(crate) fn away(bootstrap: &str) -> Fault {
    let sentence = format!(
        "Kafka at {bootstrap} does not answer within {} s: is it running, and is that its address (--bootstrap or \
         KAFKA_BOOTSTRAP)?",
        PATIENCE.as_secs()
    );
    Fault::new(Exit::Unreachable, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_key_and_value() {
        assert_eq!(property("a.b=c=d"), Ok(("a.b".to_owned(), "c=d".to_owned())));
        assert_eq!(property("a="), Ok(("a".to_owned(), String::new())));
        for wrong in ["secret", "=secret", ""] {
            assert!(!property(wrong).unwrap_err().contains("secret"));
        }
    }
}
