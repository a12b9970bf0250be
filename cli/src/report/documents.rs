//! What Elasticsearch holds.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use reqwest::blocking::{RequestBuilder, Response};
use reqwest::{Method, StatusCode, Url};
use serde_json::Value;

use crate::exit::{Exit, Fault};
use crate::http::{self, Names, Server};

/// Options for the documents.
#[derive(Debug, Args)]
#[command(next_help_heading = "Elasticsearch")]
pub(super) struct SearchOptions {
    /// Elasticsearch
    #[arg(long = "elasticsearch", value_name = "URL", env = "ES_URL", hide_env_values = true, value_parser = http::address)]
    pub(super) url: Option<Url>,
    /// User who reads the documents; the password is in ES_PASSWORD
    #[arg(
        long = "elasticsearch-user",
        value_name = "NAME",
        env = "ES_USER",
        hide_env_values = true
    )]
    user: Option<String>,
    /// PEM file with the certificates of https that are trusted; the system's own else
    #[arg(long = "elasticsearch-ca", value_name = "FILE", env = "ES_CA", hide_env_values = true)]
    authority: Option<PathBuf>,
    /// Index of the documents
    #[arg(long, value_name = "NAME", default_value = "crime_locations")]
    pub(super) index: String,
}

/// How it is told who asks.
#[derive(Debug)]
enum Identity {
    /// everybody may read, or the address says it
    Nobody,
    User(String, String),
    Key(String),
}

impl Identity {
    fn of(options: &SearchOptions, set: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let set = |name: &str| set(name).filter(|value| !value.is_empty());
        let user = options.user.clone().filter(|user| !user.is_empty());
        let wrong = |sentence: &str| Err(Fault::new(Exit::Misused, sentence).into());
        match (user, set("ES_PASSWORD"), set("ES_API_KEY")) {
            (Some(_), _, Some(_)) => wrong(
                "Elasticsearch takes a user (--elasticsearch-user or ES_USER) or an API key (ES_API_KEY), not both",
            ),
            (Some(_), None, None) => {
                wrong("the password of --elasticsearch-user is missing: set ES_PASSWORD")
            }
            (Some(user), Some(password), None) => Ok(Self::User(user, password)),
            (None, _, Some(key)) => Ok(Self::Key(key)),
            (None, _, None) => Ok(Self::Nobody),
        }
    }

    fn sign(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::Nobody => request,
            Self::User(user, password) => request.basic_auth(user, Some(password)),
            Self::Key(key) => request.header("Authorization", format!("ApiKey {key}")),
        }
    }
}

/// An index of Elasticsearch.
pub(super) struct Index<'a> {
    server: Server,
    identity: Identity,
    name: &'a str,
}

const NAMES: Names = Names {
    server: "Elasticsearch",
    address: "--elasticsearch or ES_URL",
    authority: "--elasticsearch-ca or ES_CA",
};

impl<'a> Index<'a> {
    pub(super) fn new(url: &Url, options: &'a SearchOptions) -> anyhow::Result<Self> {
        let server = Server::new(NAMES, url, options.authority.as_deref())?;
        let identity = Identity::of(options, |name| std::env::var(name).ok())?;
        Ok(Self { server, identity, name: &options.index })
    }

    /// Its documents; none if there is no such index.
    pub(super) fn count(&self) -> anyhow::Result<Option<u64>> {
        let name = self.name;
        // what was written a moment ago counts only after a refresh
        if self.ask(Method::POST, "_refresh")?.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let response = self.ask(Method::GET, "_count")?;
        let status = response.status();
        if !status.is_success() {
            bail!("Elasticsearch at {} does not count {name}: {status}", self.server.address());
        }
        let text = response.text().context("Elasticsearch broke off its answer")?;
        let answer: Value =
            serde_json::from_str(&text).context("Elasticsearch's count is no JSON")?;
        answer["count"].as_u64().map(Some).context("Elasticsearch's count has no count")
    }

    fn ask(&self, method: Method, what: &str) -> anyhow::Result<Response> {
        let request = self.server.request(method, &format!("{}/{what}", self.name))?;
        let response = self.server.send(self.identity.sign(request))?;
        if matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            bail!(
                "Elasticsearch at {} does not let us in: {} (ES_USER with ES_PASSWORD, or ES_API_KEY)",
                self.server.address(),
                response.status()
            );
        }
        Ok(response)
    }
}
