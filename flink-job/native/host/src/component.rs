//! Components: their bytes, their digest, their contract.

use crate::compilation;
use crate::error::{Code, Error};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use wasmtime::component::Component;

/// Which world of the contract a component is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Raw values to events.
    Decoder,
    /// Events to rows of windows.
    Aggregate,
}

impl Kind {
    /// The interface that a component of this kind exports.
    #[must_use]
    pub fn interface(self) -> &'static str {
        match self {
            Self::Decoder => "crimes:udf/decoding@1.1.0",
            Self::Aggregate => "crimes:udf/windowed-aggregate@1.1.0",
        }
    }
}

/// A component as a user gives it.
#[derive(Clone, Debug)]
pub struct Source {
    /// The slot that it fills, for messages.
    pub slot: String,
    /// Its bytes.
    pub wasm: Vec<u8>,
    /// Its settings: name and value.
    pub settings: Vec<(String, String)>,
}

/// SHA-256 of a component's bytes, in hexadecimal.
#[must_use]
pub fn digest(wasm: &[u8]) -> String {
    Sha256::digest(wasm).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The compiled component of a source, from the process's cache where it is there already.
pub(crate) fn compiled(source: &Source, kind: Kind) -> Result<Component, Error> {
    let component = compilation::of(&source.wasm)
        .map_err(|e| Error::new(e.code, format!("component {}: {}", source.slot, e.message)))?;
    check_contract(&component, source, kind)?;
    Ok(component)
}

fn check_contract(component: &Component, source: &Source, kind: Kind) -> Result<(), Error> {
    let engine = component.engine();
    let kind_of = component.component_type();
    let names =
        |names: Vec<String>| if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    let imports: Vec<String> = kind_of.imports(engine).map(|(name, _)| name.to_owned()).collect();
    if !imports.is_empty() {
        return Err(Error::new(
            Code::Contract,
            format!(
                "component {} imports {}; this host gives components nothing: no files, network, clock or randomness",
                source.slot,
                names(imports)
            ),
        ));
    }
    let exports: Vec<String> = kind_of.exports(engine).map(|(name, _)| name.to_owned()).collect();
    if exports.iter().any(|name| name == kind.interface()) {
        return Ok(());
    }
    Err(Error::new(
        Code::Contract,
        format!(
            "component {} exports {}; this host speaks {}",
            source.slot,
            names(exports),
            kind.interface()
        ),
    ))
}
