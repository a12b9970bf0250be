//! How the commands reach Kafka, and what they say when they cannot.

use std::time::Duration;

use anyhow::anyhow;
use clap::Args;
use rdkafka::config::{ClientConfig, FromClientConfig, RDKafkaLogLevel};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;

use crate::exit::{Exit, Fault};

/// How long a server may take to answer before it counts as away.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Options of every command that talks to Kafka.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Kafka")]
pub(crate) struct KafkaOptions {
    /// Where Kafka is, for instance 127.0.0.1:9092
    #[arg(long, value_name = "HOST:PORT,..", env = "KAFKA_BOOTSTRAP", hide_env_values = true)]
    pub(crate) bootstrap: Option<String>,
    /// A property of librdkafka, for instance security.protocol=SSL; repeatable
    // Read later: the parser of the command line repeats what it refuses, and this may be a password.
    #[arg(short = 'X', value_name = "KEY=VALUE")]
    properties: Vec<String>,
}

impl KafkaOptions {
    /// Where Kafka is; not to know is the user's mistake.
    pub(crate) fn address(&self) -> anyhow::Result<&str> {
        let missing = "where is Kafka? Give --bootstrap HOST:PORT or set KAFKA_BOOTSTRAP (after `make up`: set -a; \
                       . .stack/env; set +a)";
        Ok(self.bootstrap.as_deref().ok_or_else(|| Fault::new(Exit::Misused, missing))?)
    }

    /// Properties for a client, the user's over ours.
    pub(crate) fn config(&self) -> anyhow::Result<ClientConfig> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.address()?);
        config.set("client.id", "crimes");
        // what librdkafka logs is said again in the error that it returns
        config.set_log_level(RDKafkaLogLevel::Critical);
        for property in &self.properties {
            let (key, value) = key_and_value(property)?;
            config.set(key, value);
        }
        Ok(config)
    }
}

fn key_and_value(property: &str) -> Result<(&str, &str), Fault> {
    let wrong = || Fault::new(Exit::Misused, "-X takes KEY=VALUE, such as security.protocol=SSL");
    let (key, value) = property.split_once('=').ok_or_else(wrong)?;
    if key.trim().is_empty() { Err(wrong()) } else { Ok((key.trim(), value)) }
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

/// That no broker answers, and what to do. That the connection broke adds nothing to it; other reasons do.
pub(crate) fn away(bootstrap: &str, why: &KafkaError) -> anyhow::Error {
    let sentence = format!(
        "Kafka at {bootstrap} does not answer within {} s: is it running, and is that its address (--bootstrap or \
         KAFKA_BOOTSTRAP)?",
        PATIENCE.as_secs()
    );
    let fault = Fault::new(Exit::Unreachable, sentence);
    match why.rdkafka_error_code() {
        Some(
            RDKafkaErrorCode::BrokerTransportFailure
            | RDKafkaErrorCode::AllBrokersDown
            | RDKafkaErrorCode::OperationTimedOut,
        ) => fault.into(),
        _ => anyhow::Error::from(why.clone()).context(fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_key_and_value() {
        assert_eq!(key_and_value(" a.b=c=d").unwrap(), ("a.b", "c=d"));
        assert_eq!(key_and_value("a=").unwrap(), ("a", ""));
        for wrong in ["secret", "=secret", ""] {
            assert!(!key_and_value(wrong).unwrap_err().to_string().contains("secret"));
        }
    }
}
