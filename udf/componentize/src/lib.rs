//! Builds guest crates for wasm32-unknown-unknown and wraps them as components.
