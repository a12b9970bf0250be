//! Flink's REST interface, as far as the commands need it (Flink 1.16, `v1`).

mod cause;
mod checkpoints;
mod jobs;

use std::path::PathBuf;

use clap::Args;
use reqwest::Method;
use reqwest::Url;
use reqwest::blocking::RequestBuilder;
use serde_json::Value;

use crate::exit::{Exit, Fault};
use crate::http::{self, Names, Server};

pub(crate) use self::cause::root_cause;
pub(crate) use self::checkpoints::Checkpoint;
pub(crate) use self::jobs::{Job, Progress, Savepoint, Stopped, is_terminal, pause};

/// Options of every command that talks to Flink.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Flink")]
pub(crate) struct FlinkOptions {
    /// Where Flink's REST interface is, for instance http://127.0.0.1:8081
    #[arg(long, value_name = "URL", env = "FLINK_URL", hide_env_values = true, value_parser = http::address)]
    pub(crate) flink: Option<Url>,
    /// PEM file with the certificates of https that are trusted; the system's own else
    #[arg(long = "flink-ca", value_name = "FILE", env = "FLINK_CA", hide_env_values = true)]
    authority: Option<PathBuf>,
}

const NAMES: Names =
    Names { server: "Flink", address: "--flink or FLINK_URL", authority: "--flink-ca or FLINK_CA" };

/// A Flink cluster.
#[derive(Debug)]
pub(crate) struct Flink {
    server: Server,
}

impl Flink {
    /// Nothing is asked yet. Not to know where it is is the user's mistake.
    pub(crate) fn new(options: &FlinkOptions) -> anyhow::Result<Self> {
        let missing = "where is Flink? Give --flink URL or set FLINK_URL (after `make up`: set -a; . .stack/env; set +a)";
        let url = options.flink.as_ref().ok_or_else(|| Fault::new(Exit::Misused, missing))?;
        Ok(Self { server: Server::new(NAMES, url, options.authority.as_deref())? })
    }

    /// Where it is.
    pub(crate) fn address(&self) -> String {
        self.server.address()
    }

    /// Whether it is on this machine.
    pub(crate) fn is_local(&self) -> bool {
        self.server.is_local()
    }

    fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.answer(self.server.request(Method::GET, path)?)
    }

    fn request(&self, method: Method, path: &str) -> anyhow::Result<RequestBuilder> {
        self.server.request(method, path)
    }

    /// The answer as JSON. An error status becomes an error that says Flink's own reason.
    fn answer(&self, request: RequestBuilder) -> anyhow::Result<Value> {
        let response = self.server.send(request)?;
        let status = response.status();
        let text = response.text().map_err(|error| {
            let sentence = format!(
                "Flink at {} broke off its answer: {}",
                self.address(),
                error.without_url()
            );
            Fault::new(Exit::Unreachable, sentence)
        })?;
        let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        if status.is_success() {
            return Ok(body);
        }
        let errors = body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        let last = errors.iter().filter_map(Value::as_str).next_back();
        let reason = last.map_or_else(|| status.to_string(), root_cause);
        Err(Refusal { reason }.into())
    }
}

/// Flink answered, and the answer is no.
#[derive(Debug)]
pub(crate) struct Refusal {
    reason: String,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Refusal {}
