//! Elasticsearch: every document of an index.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use chrono::{DateTime, NaiveDateTime, Utc};
use reqwest::blocking::Client;
use serde_json::{Value, json};

use crate::oracle::Document;

const PAGE: usize = 10_000;

/// An index.
#[derive(Debug)]
pub struct Index {
    url: String,
    name: String,
    http: Client,
}

impl Index {
    pub(super) fn new(url: &str, name: &str) -> Result<Self> {
        Ok(Self {
            url: url.trim_end_matches('/').to_owned(),
            name: name.to_owned(),
            http: super::cluster::http()?,
        })
    }

    /// All documents by crime ID, as they can be searched now.
    ///
    /// # Errors
    /// If Elasticsearch refuses or a document is not of the form that it should have.
    pub fn documents(&self) -> Result<BTreeMap<u64, Document>> {
        let mut documents = BTreeMap::new();
        self.call(self.http.post(format!("{}/{}/_refresh", self.url, self.name)))?;
        let search = json!({"size": PAGE, "sort": ["_doc"], "query": {"match_all": {}}});
        let first =
            self.http.post(format!("{}/{}/_search?scroll=1m", self.url, self.name)).json(&search);
        let mut page = self.call(first)?;
        loop {
            let hits = page["hits"]["hits"].as_array().context("no hits in the answer")?;
            for hit in hits {
                let (id, document) = parse(hit).with_context(|| format!("document {hit}"))?;
                documents.insert(id, document);
            }
            let scroll = json!({"scroll": "1m", "scroll_id": page["_scroll_id"]});
            if hits.is_empty() {
                let scroll = json!({"scroll_id": page["_scroll_id"]});
                self.call(self.http.delete(format!("{}/_search/scroll", self.url)).json(&scroll))?;
                return Ok(documents);
            }
            page =
                self.call(self.http.post(format!("{}/_search/scroll", self.url)).json(&scroll))?;
        }
    }

    /// Number of documents within 25 km of the city's centre, asked as a map does.
    ///
    /// # Errors
    /// If Elasticsearch refuses, which it does unless `location` is mapped as a geo_point.
    pub fn count_near_the_centre(&self) -> Result<u64> {
        self.call(self.http.post(format!("{}/{}/_refresh", self.url, self.name)))?;
        let query = json!({"query": {"geo_distance": {"distance": "25km", "location": {"lat": 41.88, "lon": -87.63}}}});
        let answer =
            self.call(self.http.post(format!("{}/{}/_count", self.url, self.name)).json(&query))?;
        answer["count"].as_u64().context("no count in the answer")
    }

    fn call(&self, request: reqwest::blocking::RequestBuilder) -> Result<Value> {
        let response = request.send()?;
        let status = response.status();
        let text = response.text()?;
        if !status.is_success() {
            bail!("Elasticsearch answered {status}: {text}");
        }
        Ok(serde_json::from_str(&text)?)
    }
}

fn parse(hit: &Value) -> Result<(u64, Document)> {
    let id = hit["_id"].as_str().context("no _id")?.parse()?;
    let source = &hit["_source"];
    let text = |name: &str| source[name].as_str().with_context(|| format!("{name} is no text"));
    // an empty text is null in the index
    let text_or_null = |name: &str| if source[name].is_null() { Ok("") } else { text(name) };
    let truth =
        |name: &str| source[name].as_bool().with_context(|| format!("{name} is no boolean"));
    let degrees = |name: &str| {
        source["location"][name].as_f64().with_context(|| format!("location.{name} is no number"))
    };
    let district = match &source["district"] {
        Value::Null => None,
        number => Some(
            number
                .as_u64()
                .and_then(|number| u16::try_from(number).ok())
                .context("district is no number")?,
        ),
    };
    let updated_on = match &source["updated_on"] {
        Value::Null => None,
        _ => Some(NaiveDateTime::parse_from_str(text("updated_on")?, "%Y-%m-%dT%H:%M:%S")?),
    };
    let occurred_at = text("occurred_at")?;
    if !occurred_at.ends_with('Z') {
        bail!("occurred_at {occurred_at} does not end in Z");
    }
    let document = Document {
        position: (degrees("lat")?, degrees("lon")?),
        occurred_at: DateTime::parse_from_rfc3339(occurred_at)?.with_timezone(&Utc),
        primary_type: text_or_null("type")?.to_owned(),
        description: text_or_null("description")?.to_owned(),
        district,
        arrest: truth("arrest")?,
        domestic: truth("domestic")?,
        updated_on,
    };
    Ok((id, document))
}
