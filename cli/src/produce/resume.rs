//! `--resume`: where the position is kept, and what an interrupted run had sent.

use std::env;
use std::fs;
use std::path::PathBuf;

use crimes_producer::input::Input;
use crimes_producer::order::Reading;
use crimes_producer::position::{Position, Subject};
use crimes_producer::sink::{KafkaSettings, KafkaSink, Logger, arrived};
use sha2::{Digest as _, Sha256};

use super::options::ProduceOptions;
use crate::figures::thousands;
use crate::interrupt;
use crate::session::Session;

/// Opens the position of these files, if there is to be one.
pub(super) fn open(
    options: &ProduceOptions,
    inputs: &[Input],
    reading: &Reading,
) -> anyhow::Result<Option<Position>> {
    if !options.resume {
        return Ok(None);
    }
    let topic = options.kafka.topic.clone();
    let identities: Result<Vec<_>, _> =
        inputs.iter().map(|input| input.identity(interrupt::requested)).collect();
    let path = match &options.position {
        Some(path) => path.clone(),
        None => {
            let name = format!("{}.json", fingerprint(&topic, inputs));
            state_folder()?.join("positions").join(name)
        }
    };
    let subject = Subject {
        topic,
        inputs: identities?,
        order: reading.order,
        range: reading.range,
        limits: reading.limits,
    };
    Ok(Some(Position::open(&path, subject)?))
}

/// The user's folder for what this program remembers.
pub(crate) fn state_folder() -> anyhow::Result<PathBuf> {
    let state = env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || Some(PathBuf::from(env::var_os("HOME")?).join(".local/state"));
    let Some(state) = state.or_else(home) else {
        anyhow::bail!("there is no HOME to keep the position in: name a file with --position");
    };
    Ok(state.join("crimes"))
}

/// A short name for these files on their way to this topic.
pub(super) fn fingerprint(topic: &str, inputs: &[Input]) -> String {
    let paths = inputs.iter().map(|input| {
        let path = fs::canonicalize(input.name()).unwrap_or_else(|_| input.name().into());
        path.into_os_string().into_encoded_bytes()
    });
    short_digest(std::iter::once(topic.as_bytes().to_vec()).chain(paths))
}

/// A short name for a sequence of texts.
pub(crate) fn short_digest(texts: impl IntoIterator<Item = Vec<u8>>) -> String {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update(text);
        digest.update([0]);
    }
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Finds out what the interrupted run had sent, and takes it up.
pub(super) fn take_up(
    position: &mut Position,
    sink: &mut KafkaSink,
    settings: &KafkaSettings,
    log: &Logger,
    session: &Session,
) -> anyhow::Result<()> {
    let start = if position.is_new() { sink.ends()? } else { Default::default() };
    position.begin(sink.cluster(), start)?;
    session.detail(format_args!("the position is kept in {}", position.path().display()));
    if position.is_new() {
        return Ok(());
    }
    let known = position.acknowledged().prefix();
    let found = arrived(settings, position.run(), position.offsets(), log).map_err(|error| {
        let path = position.path().display();
        anyhow::anyhow!("{error} (position in {path}; delete it to begin anew)")
    })?;
    position.found(&found);
    sink.resume(position.acknowledged().clone());
    session.info(format_args!(
        "going on behind record {} (its position said {})",
        thousands(position.acknowledged().prefix()),
        thousands(known)
    ));
    Ok(())
}
