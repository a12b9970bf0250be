//! Asks the API, and asks again where that may help.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::Read as _;
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use reqwest::blocking::{Client, Response};
use reqwest::header::RETRY_AFTER;

use super::page::Page;
use super::retry::Retry;
use super::soql::Condition;

/// Where records are asked for.
#[derive(Clone)]
pub struct Dataset {
    /// `https://data.cityofchicago.org`, or another host that speaks the same
    pub host: String,
    /// `ijzp-q8t2`: crimes from 2001 to the present
    pub id: String,
    /// whoever has one is asked to wait less often
    pub token: Option<String>,
    /// rows an answer; the older endpoints give 50,000 at most
    pub page: u32,
    /// how long one answer may take
    pub timeout: Duration,
    /// how often a request is tried
    pub retry: Retry,
}

/// Why the API gives nothing.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// an address that is none
    #[error("{host} is no address of an API: {cause}")]
    Address {
        #[allow(missing_docs)]
        host: String,
        #[allow(missing_docs)]
        cause: String,
    },
    /// it says no
    #[error("{host} refuses to answer for dataset {dataset}: {cause}")]
    Refused {
        #[allow(missing_docs)]
        host: String,
        #[allow(missing_docs)]
        dataset: String,
        /// its status and its own words
        cause: String,
    },
    /// tried often enough
    #[error("{host} gave no answer in {attempts} attempts: {cause}")]
    Exhausted {
        #[allow(missing_docs)]
        host: String,
        #[allow(missing_docs)]
        attempts: u32,
        /// what was wrong the last time
        cause: String,
    },
    /// whoever answers shows a certificate of nobody who is trusted
    #[error(
        "{host} has a certificate that is not trusted: {cause}; SSL_CERT_FILE names a file with others than the system's (PEM)"
    )]
    Untrusted {
        #[allow(missing_docs)]
        host: String,
        #[allow(missing_docs)]
        cause: String,
    },
    /// what was got can't be kept
    #[error("{0}")]
    Keep(String),
    /// the caller wanted to stop
    #[error("interrupted")]
    Stopped,
}

/// What is told while waiting and stopped by: the caller's.
pub(super) struct Waiting<'a> {
    /// gets a sentence when a request failed and is tried again
    pub(super) told: &'a mut dyn FnMut(&str),
    pub(super) stopped: &'a dyn Fn() -> bool,
}

/// The API of one dataset.
pub struct Api {
    client: Client,
    dataset: Dataset,
}

impl Api {
    /// Makes ready to ask; asks nothing yet.
    ///
    /// # Errors
    /// If the address is none, or a token would travel where everyone can read it.
    pub fn new(dataset: Dataset) -> Result<Self, ApiError> {
        let fail = |cause: String| ApiError::Address { host: dataset.host.clone(), cause };
        let url = reqwest::Url::parse(&dataset.host).map_err(|error| fail(error.to_string()))?;
        let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        match url.scheme() {
            "https" => {}
            "http" if local || dataset.token.is_none() => {}
            "http" => return Err(fail("the token would travel unencrypted; use https".to_owned())),
            other => return Err(fail(format!("{other} is neither https nor http"))),
        }
        let client = Client::builder()
            .timeout(dataset.timeout)
            .connect_timeout(Duration::from_secs(20))
            // a token must not follow to another host
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("crimes/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| fail(without_address(&error)))?;
        Ok(Self { client, dataset })
    }

    pub(super) fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    /// One page of rows.
    pub(super) fn page(
        &self,
        condition: &Condition,
        order: &str,
        waiting: &mut Waiting<'_>,
    ) -> Result<Page, ApiError> {
        let limit = self.dataset.page.to_string();
        let parameters =
            [("$where", condition.to_string()), ("$order", order.to_owned()), ("$limit", limit)];
        self.get("csv", &parameters, waiting, Page::of)
    }

    /// One value that is computed from all rows, such as `count(*)`; none where there is no row.
    pub(super) fn value(
        &self,
        select: &str,
        condition: &Condition,
        waiting: &mut Waiting<'_>,
    ) -> Result<Option<String>, ApiError> {
        let parameters = [("$select", select.to_owned()), ("$where", condition.to_string())];
        self.get("json", &parameters, waiting, |body| {
            let rows: Vec<serde_json::Map<String, serde_json::Value>> =
                serde_json::from_slice(&body)
                    .map_err(|error| format!("no list of objects: {error}"))?;
            Ok(rows.first().and_then(|row| row.values().next()).map(|value| match value {
                serde_json::Value::String(text) => text.clone(),
                other => other.to_string(),
            }))
        })
    }

    fn get<T>(
        &self,
        form: &str,
        parameters: &[(&str, String)],
        waiting: &mut Waiting<'_>,
        read: impl Fn(Vec<u8>) -> Result<T, String>,
    ) -> Result<T, ApiError> {
        let Dataset { host, id, retry, .. } = &self.dataset;
        let url = format!("{}/resource/{id}.{form}", host.trim_end_matches('/'));
        let parameters: Vec<_> = parameters.iter().filter(|(_, value)| !value.is_empty()).collect();
        let mut attempts = 0;
        loop {
            attempts += 1;
            let mut request = self.client.get(&url).query(&parameters);
            if let Some(token) = &self.dataset.token {
                request = request.header("X-App-Token", token);
            }
            let failed = match request.send() {
                Err(error) => {
                    let cause = without_address(&error);
                    // as rustls says it; it will be so the next time too
                    if cause.starts_with("invalid peer certificate") {
                        return Err(ApiError::Untrusted { host: host.clone(), cause });
                    }
                    Failed::again(cause)
                }
                Ok(response) => match answer(response) {
                    Ok(body) => match read(body) {
                        Ok(value) => return Ok(value),
                        Err(why) => Failed::again(format!("the answer is {why}")),
                    },
                    Err(failed) => failed,
                },
            };
            if !failed.again {
                let (host, dataset) = (host.clone(), id.clone());
                return Err(ApiError::Refused { host, dataset, cause: failed.cause });
            }
            let Some(wait) = retry.wait(attempts, failed.asked, chance()) else {
                return Err(ApiError::Exhausted {
                    host: host.clone(),
                    attempts,
                    cause: failed.cause,
                });
            };
            (waiting.told)(&format!(
                "{host}: {}; asking again in {:.1} s (attempt {attempts} of {})",
                failed.cause,
                wait.as_secs_f64(),
                retry.attempts
            ));
            pause(wait, waiting.stopped)?;
        }
    }
}

/// An answer that is none.
struct Failed {
    cause: String,
    /// whether asking again may help
    again: bool,
    /// how long the server wants to be left alone
    asked: Option<Duration>,
}

impl Failed {
    fn again(cause: String) -> Self {
        Self { cause, again: true, asked: None }
    }
}

fn answer(mut response: Response) -> Result<Vec<u8>, Failed> {
    let status = response.status();
    let asked = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map(Duration::from_secs);
    let mut body = Vec::new();
    let read = response.read_to_end(&mut body);
    if status == StatusCode::OK {
        return match read {
            Ok(_) => Ok(body),
            Err(error) => Err(Failed::again(format!("the answer broke off: {error}"))),
        };
    }
    let again = status.is_server_error()
        || matches!(
            status,
            StatusCode::ACCEPTED | StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT
        );
    let words = serde_json::from_slice::<serde_json::Value>(&body)
        .ok()
        .and_then(|json| Some(format!(" ({})", json.get("message")?.as_str()?)));
    Err(Failed { cause: format!("{status}{}", words.unwrap_or_default()), again, asked })
}

/// An error without the address, which holds the whole query.
fn without_address(error: &reqwest::Error) -> String {
    let mut said = Vec::new();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(inner) = cause {
        said.push(inner.to_string());
        cause = inner.source();
    }
    match (error.is_timeout(), said.last()) {
        (true, _) => "it took too long".to_owned(),
        (false, Some(root)) => root.clone(),
        (false, None) => "the request failed".to_owned(),
    }
}

/// A number from 0 to 1.
fn chance() -> f64 {
    f64::from(RandomState::new().build_hasher().finish() as u32) / f64::from(u32::MAX)
}

/// Lets time pass, but listens meanwhile.
pub(super) fn pause(duration: Duration, stopped: &dyn Fn() -> bool) -> Result<(), ApiError> {
    let end = Instant::now() + duration;
    loop {
        if stopped() {
            return Err(ApiError::Stopped);
        }
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        std::thread::sleep(left.min(Duration::from_millis(100)));
    }
}
