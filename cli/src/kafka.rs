//! How the commands reach Kafka, and what they say when they cannot.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use clap::Args;
use crimes_producer::sink::Properties;
use rdkafka::config::{ClientConfig, FromClientConfig, RDKafkaLogLevel};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;

use crate::exit::{Exit, Fault};
use crate::session::Session;

/// How long a server may take to answer before it counts as away.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// What follows the help of the commands that take [`KafkaOptions`].
pub(crate) const PROPERTIES: &str = "\
Properties of librdkafka come from -X, from the environment (CRIMES_KAFKA_SASL_PASSWORD is sasl.password) and from \
--kafka-config, in this order of precedence. Secrets are taken from the latter two only.";

/// Options of every command that talks to Kafka.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Kafka")]
pub(crate) struct KafkaOptions {
    /// Kafka's address; with commas between if there are several
    #[arg(long, value_name = "HOST:PORT", env = "KAFKA_BOOTSTRAP", hide_env_values = true)]
    bootstrap: Option<String>,
    /// Any property of librdkafka that is no secret; can be given again
    // Read later: the parser of the command line repeats what it refuses, and this may be a password.
    #[arg(short = 'X', value_name = "KEY=VALUE")]
    properties: Vec<String>,
    /// File with properties of librdkafka, one KEY=VALUE a line; secrets belong here
    #[arg(long, value_name = "FILE")]
    kafka_config: Option<PathBuf>,
}

/// A Kafka, as the user says how to reach it.
#[derive(Debug, Clone)]
pub(crate) struct Broker {
    pub(crate) bootstrap: String,
    /// the user's, without the address
    pub(crate) properties: Properties,
}

impl KafkaOptions {
    /// Whether the user says where Kafka is, short of a file.
    pub(crate) fn is_set(&self) -> bool {
        self.bootstrap.is_some() || self.kafka_config.is_some()
    }

    /// Flags over the environment over a file. Not to know where Kafka is is the user's mistake.
    pub(crate) fn broker(&self, session: &Session) -> anyhow::Result<Broker> {
        let mut flags = Properties::default();
        for property in &self.properties {
            flags
                .set_in_the_open(property)
                .map_err(|error| Fault::new(Exit::Misused, format!("-X: {error}")))?;
        }
        let mut properties = flags.over(Properties::from_environment(std::env::vars()));
        if let Some(path) = &self.kafka_config {
            properties = properties.over(file(path, session)?);
        }
        let from_properties = properties.remove("bootstrap.servers");
        let missing = "where is Kafka? Give --bootstrap HOST:PORT or set KAFKA_BOOTSTRAP (after `make up`: set -a; \
                       . .stack/env; set +a)";
        let bootstrap = self.bootstrap.clone().or(from_properties);
        let bootstrap = bootstrap.ok_or_else(|| Fault::new(Exit::Misused, missing))?;
        Ok(Broker { bootstrap, properties })
    }
}

fn file(path: &Path, session: &Session) -> anyhow::Result<Properties> {
    let shown = path.display();
    let text = fs::read_to_string(path).with_context(|| format!("{shown} can't be read"))?;
    let properties = Properties::parse(&text).with_context(|| shown.to_string())?;
    let mode = fs::metadata(path).map(|metadata| metadata.permissions().mode());
    if properties.has_secrets() && mode.is_ok_and(|mode| mode & 0o077 != 0) {
        session
            .warn(format_args!("{shown} holds a secret and others can read it: chmod 600 {shown}"));
    }
    Ok(properties)
}

impl Broker {
    /// Properties for a client, the user's over ours.
    pub(crate) fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("client.id", "crimes");
        // what librdkafka logs is said again in the error that it returns
        config.set_log_level(RDKafkaLogLevel::Critical);
        for (key, value) in self.properties.iter() {
            config.set(key, value);
        }
        config.set("bootstrap.servers", &self.bootstrap);
        config
    }
}

/// A client with these settings. What librdkafka says of a wrong one holds its value, which may be a secret.
pub(crate) fn client<T: FromClientConfig>(config: &ClientConfig) -> anyhow::Result<T> {
    config.create().map_err(|error| match error {
        KafkaError::ClientConfig(_, why, key, value) => {
            let why = if value.is_empty() { why } else { why.replace(&value, "..") };
            anyhow!("Kafka's client does not take the property {key}: {why}")
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
