//! How the commands reach the city's open-data API.

use std::time::Duration;

use clap::Args;
use crimes_producer::api::{Api, ApiError, Condition, Dataset, Retry};

use crate::exit::{Exit, Fault};

/// Options of every command that asks the API.
#[derive(Debug, Args)]
#[command(next_help_heading = "API")]
pub(crate) struct ApiOptions {
    /// The host that serves the data
    #[arg(long, value_name = "URL", default_value = "https://data.cityofchicago.org")]
    host: String,
    /// The dataset on it
    #[arg(long, value_name = "ID", default_value = "ijzp-q8t2")]
    dataset: String,
    /// A condition in SoQL, for instance: primary_type = 'THEFT'
    #[arg(long = "where", value_name = "CONDITION")]
    condition: Option<String>,
    /// Rows an answer
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    page: u32,
    /// How often a request is tried when the API is busy or the connection breaks
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=100))]
    attempts: u32,
    /// The first wait before trying again; each is twice the one before it
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = seconds)]
    first_wait: f64,
    /// How long one answer may take
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

fn seconds(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|seconds| (0.0..=3600.0).contains(seconds))
        .ok_or_else(|| "give seconds, such as 0.5".to_owned())
}

impl ApiOptions {
    /// The API that they describe.
    pub(crate) fn api(&self) -> anyhow::Result<Api> {
        let first = Duration::from_secs_f64(self.first_wait);
        let retry = Retry { attempts: self.attempts, first, ..Retry::default() };
        let token = std::env::var("CRIMES_APP_TOKEN").ok().filter(|token| !token.is_empty());
        Api::new(Dataset {
            host: self.host.clone(),
            id: self.dataset.clone(),
            token,
            page: self.page,
            timeout: Duration::from_secs(self.timeout),
            retry,
        })
        .map_err(fault)
    }

    /// The user's own condition.
    pub(crate) fn condition(&self) -> Condition {
        match &self.condition {
            Some(condition) => Condition::default().and(condition),
            None => Condition::default(),
        }
    }

    /// What it is asked, for a name of a file that remembers it.
    pub(crate) fn described(&self) -> String {
        format!("{}\0{}\0{}", self.host, self.dataset, self.condition())
    }
}

/// An error of the API with its exit code.
pub(crate) fn fault(error: ApiError) -> anyhow::Error {
    let exit = match error {
        ApiError::Exhausted { .. } => Exit::Unreachable,
        ApiError::Stopped => Exit::Interrupted,
        _ => Exit::Failed,
    };
    Fault::new(exit, error.to_string()).into()
}
