//! The bridge between the JVM and the component host: handles, guards and frames. Knows no domain.
//!
//! One file mirrors one Java class of `io.wasmflink.component`. Every native method goes through [`guard::guard`], which
//! turns errors and panics into the one Java exception; nothing unwinds into the JVM, and nothing aborts it. What crosses
//! is an array in and an array out ([`frame`]), never a pointer: objects are named by checked handles ([`registry`]).
#![allow(
    unsafe_code,
    reason = "the JVM finds native methods by their exported names, and exporting a name is unsafe"
)]

mod aggregate;
mod aggregate_description;
mod arrays;
mod component_source;
mod decoder_description;
mod event_times;
mod fault;
mod frame;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod guard;
mod ingest;
mod native_library;
mod registry;
mod stack;
