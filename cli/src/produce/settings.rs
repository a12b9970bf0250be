//! What the user's options make of the Kafka client.

use std::fs;
use std::time::Duration;

use crimes_producer::input::Input;
use crimes_producer::sink::KafkaSettings;
use sha2::{Digest as _, Sha256};

use super::options::ProduceOptions;
use crate::kafka::Broker;
use crate::session::Session;

/// Collects them.
pub(super) fn kafka(
    options: &ProduceOptions,
    inputs: &[Input],
    session: &Session,
) -> anyhow::Result<KafkaSettings> {
    let to = &options.kafka;
    let Broker { bootstrap, properties } = to.broker.broker(session)?;
    let id_by_user = properties.get("transactional.id").map(str::to_owned);
    let transactional_id = options.transactional.then(|| {
        id_by_user.unwrap_or_else(|| format!("crimes-{}", fingerprint(&to.topic, inputs)))
    });
    let settings = KafkaSettings {
        bootstrap,
        topic: to.topic.clone(),
        properties,
        connect_timeout: Duration::from_secs(to.connect_timeout),
        delivery_timeout: options.delivery_timeout(),
        transactional_id,
        run: None,
    };
    for promise in settings.weakened() {
        session.warn(promise);
    }
    Ok(settings)
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
