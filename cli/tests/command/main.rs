//! The command as a user meets it, without any server: what it says and how it ends.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "clippy.toml allows it in tests, and means only functions marked as such"
)]

mod authority;
#[path = "../../../producer/tests/api/city.rs"]
#[expect(dead_code, reason = "the producer's own tests use more of it")]
mod city;
mod dead_letter;
mod download;
mod full_disk;
mod generate;
mod help;
mod produce;
mod report;
mod snapshot;
mod submit;
mod tls;
mod topics;
