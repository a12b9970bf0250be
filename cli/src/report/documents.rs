//! What Elasticsearch holds.

use anyhow::{Context as _, bail};
use reqwest::{Method, StatusCode, Url};
use serde_json::Value;

use crate::http::Server;

/// An index of Elasticsearch.
pub(super) struct Index<'a> {
    server: Server,
    name: &'a str,
}

impl<'a> Index<'a> {
    pub(super) fn new(url: &Url, name: &'a str) -> anyhow::Result<Self> {
        let server = Server::new("Elasticsearch", "--elasticsearch or ES_URL", url)?;
        Ok(Self { server, name })
    }

    /// Its documents; none if there is no such index.
    pub(super) fn count(&self) -> anyhow::Result<Option<u64>> {
        let name = self.name;
        // what was written a moment ago counts only after a refresh
        let refresh = self.server.request(Method::POST, &format!("{name}/_refresh"))?;
        if self.server.send(refresh)?.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let request = self.server.request(Method::GET, &format!("{name}/_count"))?;
        let response = self.server.send(request)?;
        let status = response.status();
        if !status.is_success() {
            bail!("Elasticsearch at {} does not count {name}: {status}", self.server.address());
        }
        let text = response.text().context("Elasticsearch broke off its answer")?;
        let answer: Value =
            serde_json::from_str(&text).context("Elasticsearch's count is no JSON")?;
        answer["count"].as_u64().map(Some).context("Elasticsearch's count has no count")
    }
}
