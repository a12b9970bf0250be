//! Components: their bytes, their digest, their contract; compiled once a process.

use crate::engine::engine;
use crate::error::{Code, Error};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
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
            Self::Decoder => "crimes:udf/decoding@1.0.0",
            Self::Aggregate => "crimes:udf/windowed-aggregate@1.0.0",
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

/// What this process has compiled, by digest.
#[derive(Default)]
struct Cache {
    components: HashMap<String, Component>,
    compilations: HashMap<String, u32>,
}

fn cache() -> MutexGuard<'static, Cache> {
    static CACHE: OnceLock<Mutex<Cache>> = OnceLock::new();
    CACHE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

/// How often this process has compiled a component's bytes: once, however many load it.
#[must_use]
pub fn compilations(wasm: &[u8]) -> u32 {
    cache().compilations.get(&digest(wasm)).copied().unwrap_or(0)
}

/// The compiled component of a source, from the process's cache where it is there already.
pub(crate) fn compiled(source: &Source, kind: Kind) -> Result<Component, Error> {
    let digest = digest(&source.wasm);
    // the lock is held while compiling: of two operators that open at once, one compiles and the other waits for it
    let mut cache = cache();
    let component = match cache.components.get(&digest) {
        Some(component) => component.clone(),
        None => {
            *cache.compilations.entry(digest.clone()).or_default() += 1;
            let component = Component::from_binary(engine()?, &source.wasm)
                .map_err(|e| not_a_component(source, &e))?;
            cache.components.insert(digest, component.clone());
            component
        }
    };
    drop(cache);
    check_contract(&component, source, kind)?;
    Ok(component)
}

fn not_a_component(source: &Source, error: &wasmtime::Error) -> Error {
    let what = match source.wasm.get(..8) {
        Some(b"\0asm\x01\0\0\0") => {
            "is a core WASM module, not a component; wrap it (cargo run -p componentize)".to_owned()
        }
        Some(start) if start.starts_with(b"\0asm") => format!("cannot be compiled: {error:#}"),
        _ => format!(
            "is no WASM component ({} bytes that do not begin with \\0asm)",
            source.wasm.len()
        ),
    };
    Error::new(Code::Contract, format!("component {}: the file {what}", source.slot))
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
