//! What components say of themselves, checked before anyone builds on it.

use crate::aggregate::AggregateWorld;
use crate::component::{Source, digest};
use crate::decoder::DecoderWorld;
use crate::error::{Code, Error, said};
use crate::generated::aggregate::exports::crimes::udf::windowed_aggregate as wit;
use crate::instance::Instance;
use crate::quota::Limits;
use serde::Serialize;

/// How many windows a record may be in. Five hours every second are 18,000; a year every millisecond would be thirty
/// thousand million, each a step of the job's for every record.
const MAX_OVERLAP: u64 = 20_000;

/// A decoder's description.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DecoderDescription {
    /// What it calls itself.
    pub name: String,
    /// Its version, for people.
    pub version: String,
    /// The Elasticsearch mapping of its documents: a JSON object.
    pub document_mapping: String,
    /// SHA-256 of its bytes.
    pub digest: String,
}

/// Type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs, reason = "each is what its name says")]
pub enum ColumnType {
    Integer,
    Real,
    Text,
    Boolean,
    Timestamp,
}

/// A column of an aggregate's rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// `[a-z][a-z0-9_]*`.
    pub name: String,
    /// Type of its values.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// Whether it is part of the primary key.
    pub key: bool,
}

/// An aggregate's description.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AggregateDescription {
    /// What it calls itself.
    pub name: String,
    /// Its version, for people.
    pub version: String,
    /// SHA-256 of its bytes.
    pub digest: String,
    /// Version of the layout of accumulators and history.
    pub state_version: u32,
    /// Whether windows overlap.
    pub sliding: bool,
    /// Length of a window. ms.
    pub window_size_millis: u64,
    /// Step from one window to the next. ms.
    pub window_slide_millis: u64,
    /// The greatest step that divides both. ms.
    pub slice_millis: u64,
    /// Columns of the rows, in order.
    pub columns: Vec<Column>,
    /// Windows with fewer records give no row.
    pub min_weight: u64,
    /// Whether windows read or write history.
    pub keeps_history: bool,
}

/// Loads a decoder and asks what it is.
///
/// # Errors
/// Where it is no decoder of this contract, refuses its settings, or describes something that cannot be.
pub fn describe_decoder(source: &Source, limits: Limits) -> Result<DecoderDescription, Error> {
    let mut instance: Instance<DecoderWorld> = Instance::new(source, limits)?;
    let said =
        instance.call("describe", |w, s| w.0.crimes_udf_decoding().call_describe(s), |_| Ok(()))?;
    let mapping_is_object = serde_json::from_str::<serde_json::Value>(&said.document_mapping)
        .is_ok_and(|mapping| mapping.is_object());
    check(source, is_name(&said.name, '-'), || {
        format!("its name is {:?}, expected [a-z][a-z0-9-]*", said.name)
    })?;
    check_version(source, &said.version)?;
    check(source, mapping_is_object, || "its document mapping is no JSON object".to_owned())?;
    Ok(DecoderDescription {
        name: said.name,
        version: said.version,
        document_mapping: said.document_mapping,
        digest: digest(&source.wasm),
    })
}

/// Loads an aggregate and asks what it is.
///
/// # Errors
/// Where it is no aggregate of this contract, refuses its settings, or describes something that cannot be.
pub fn describe_aggregate(source: &Source, limits: Limits) -> Result<AggregateDescription, Error> {
    let mut instance = Instance::new(source, limits)?;
    let said = describe(source, &mut instance)?;
    let kind = |kind| match kind {
        wit::ColumnType::Integer => ColumnType::Integer,
        wit::ColumnType::Real => ColumnType::Real,
        wit::ColumnType::Text => ColumnType::Text,
        wit::ColumnType::Boolean => ColumnType::Boolean,
        wit::ColumnType::Timestamp => ColumnType::Timestamp,
    };
    Ok(AggregateDescription {
        digest: digest(&source.wasm),
        state_version: said.state_version,
        sliding: said.window.kind == wit::WindowKind::Sliding,
        window_size_millis: said.window.size,
        window_slide_millis: said.window.slide,
        slice_millis: slice(said.window),
        columns: said
            .columns
            .iter()
            .map(|c| Column { name: c.name.clone(), kind: kind(c.kind), key: c.key })
            .collect(),
        min_weight: said.min_weight,
        keeps_history: said.keeps_history,
        name: said.name,
        version: said.version,
    })
}

/// The checked description of an instance.
pub(crate) fn describe(
    source: &Source,
    instance: &mut Instance<AggregateWorld>,
) -> Result<wit::Description, Error> {
    let said = instance.call(
        "describe",
        |w, s| w.0.crimes_udf_windowed_aggregate().call_describe(s),
        |_| Ok(()),
    )?;
    let window = said.window;
    let year = 366 * 86_400_000;
    check(source, is_name(&said.name, '-'), || {
        format!("its name is {:?}, expected [a-z][a-z0-9-]*", said.name)
    })?;
    check_version(source, &said.version)?;
    check(source, said.state_version > 0, || {
        "its state-version is 0, expected 1 or more".to_owned()
    })?;
    check(
        source,
        (1..=year).contains(&window.size) && (1..=window.size).contains(&window.slide),
        || {
            format!(
                "its windows are {} ms every {} ms, expected 1 ms to a year and a slide of at most that",
                window.size, window.slide
            )
        },
    )?;
    check(source, window.size / window.slide <= MAX_OVERLAP, || {
        format!(
            "its windows are {} ms every {} ms: a record would be in {} windows, at most {MAX_OVERLAP} are possible",
            window.size,
            window.slide,
            window.size / window.slide
        )
    })?;
    let tumbling = window.kind == wit::WindowKind::Tumbling;
    check(source, !tumbling || window.size == window.slide, || {
        format!(
            "its windows are tumbling, of {} ms every {} ms, expected the two to be equal",
            window.size, window.slide
        )
    })?;
    let mut names: Vec<&str> = said.columns.iter().map(|c| c.name.as_str()).collect();
    names.sort_unstable();
    check(
        source,
        names.iter().all(|name| is_name(name, '_'))
            && names.windows(2).all(|pair| pair[0] != pair[1]),
        || {
            format!(
                "its columns are {names:?}, expected different names of the form [a-z][a-z0-9_]*"
            )
        },
    )?;
    check(source, said.columns.iter().any(|c| c.key), || {
        "none of its columns is a key".to_owned()
    })?;
    Ok(said)
}

/// The greatest step (ms) that divides size and slide.
pub(crate) fn slice(window: wit::Window) -> u64 {
    let (mut a, mut b) = (window.size, window.slide);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn is_name(name: &str, separator: char) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= 63
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == separator)
}

fn check_version(source: &Source, version: &str) -> Result<(), Error> {
    check(source, (1..=63).contains(&version.len()), || {
        format!("its version has {} bytes, expected 1 to 63", version.len())
    })
}

fn check(source: &Source, holds: bool, sentence: impl FnOnce() -> String) -> Result<(), Error> {
    if holds {
        Ok(())
    } else {
        Err(Error::new(Code::Contract, format!("component {}: {}", source.slot, said(&sentence()))))
    }
}
