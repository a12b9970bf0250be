//! Settings of the Kafka client: flags over the environment over a file over defaults.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use crimes_producer::input::Input;
use crimes_producer::sink::{KafkaSettings, Properties};
use sha2::{Digest as _, Sha256};

use super::options::ProduceOptions;
use crate::exit::{Exit, Fault};
use crate::session::Session;

/// Collects them.
pub(super) fn kafka(
    options: &ProduceOptions,
    inputs: &[Input],
    session: &Session,
) -> anyhow::Result<KafkaSettings> {
    let broker = &options.kafka;
    let mut flags = Properties::default();
    for property in &broker.properties {
        flags.set_in_the_open(property).context("-X")?;
    }
    let mut properties = flags.over(Properties::from_environment(std::env::vars()));
    if let Some(path) = &broker.kafka_config {
        properties = properties.over(file(path, session)?);
    }
    let from_properties = properties.remove("bootstrap.servers");
    let Some(bootstrap) = broker.bootstrap.clone().or(from_properties) else {
        return Err(Fault::new(
            Exit::Failed,
            "where is Kafka? Give --bootstrap HOST:PORT or set KAFKA_BOOTSTRAP (after `make up`: set -a; . .stack/env; \
             set +a)",
        )
        .into());
    };
    let id_by_user = properties.get("transactional.id").map(str::to_owned);
    let transactional_id = options.transactional.then(|| {
        id_by_user.unwrap_or_else(|| format!("crimes-{}", fingerprint(&broker.topic, inputs)))
    });
    let settings = KafkaSettings {
        bootstrap,
        topic: broker.topic.clone(),
        properties,
        connect_timeout: Duration::from_secs(broker.connect_timeout),
        delivery_timeout: options.delivery_timeout(),
        transactional_id,
        run: None,
    };
    for promise in settings.weakened() {
        session.warn(promise);
    }
    Ok(settings)
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

/// A short name for these files on their way to this topic.
pub(super) fn fingerprint(topic: &str, inputs: &[Input]) -> String {
    let mut digest = Sha256::new();
    digest.update(topic);
    for input in inputs {
        let path = fs::canonicalize(input.name()).unwrap_or_else(|_| input.name().into());
        digest.update([0]);
        digest.update(path.as_os_str().as_encoded_bytes());
    }
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
