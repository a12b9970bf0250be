//! Bindings that wasmtime generates from the contract; nothing outside this crate sees them.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    unsafe_code,
    rust_2018_idioms,
    reason = "generated from the contract"
)]

pub(crate) mod decoder {
    wasmtime::component::bindgen!({ world: "decoder", path: "../../../udf/wit" });
}

pub(crate) mod aggregate {
    wasmtime::component::bindgen!({ world: "aggregate", path: "../../../udf/wit" });
}
