//! What is new or corrected in the dataset, again and again.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::client::{Api, ApiError, Waiting};
use super::download::{keep, write_whole};
use super::page::Page;
use super::soql::{Condition, timestamp};
use crate::source::{row_texts, write_row};

/// Remembers up to which correction time (`Updated On`) records were handed on.
///
/// The city adds and corrects records in batches, many of them with the same correction time. So the IDs of the records
/// with the latest time are remembered too, and each round asks for that time again: a record that is added to it later
/// is not missed, and none is handed on twice.
pub struct Follower {
    api: Api,
    condition: Condition,
    path: PathBuf,
    position: Position,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    host: String,
    dataset: String,
    condition: String,
    /// the latest correction time, as the API writes it; none before the first record
    updated_on: Option<String>,
    /// IDs of the records with that time
    ids: BTreeSet<String>,
}

/// What one round found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Followed {
    /// rows that were handed on
    pub rows: u64,
    /// pages they came in
    pub pages: u64,
}

impl Follower {
    /// Goes on where the position in `path` says. Without one it begins with corrections from `since` on (ms), or, if
    /// that is none, with what comes after the latest correction that is there now.
    ///
    /// # Errors
    /// If the position is of another dataset, or the API does not say what its latest correction is.
    pub fn open(
        api: Api,
        condition: Condition,
        path: PathBuf,
        since: Option<i64>,
        told: &mut dyn FnMut(&str),
        stopped: &dyn Fn() -> bool,
    ) -> Result<Self, ApiError> {
        let mut position = Position {
            host: api.dataset().host.clone(),
            dataset: api.dataset().id.clone(),
            condition: condition.to_string(),
            updated_on: None,
            ids: BTreeSet::new(),
        };
        match fs::read(&path) {
            Ok(bytes) => {
                let found: Position = serde_json::from_slice(&bytes).map_err(|error| {
                    ApiError::Keep(format!("{} is not ours ({error}): delete it", path.display()))
                })?;
                let same = (&found.host, &found.dataset, &found.condition)
                    == (&position.host, &position.dataset, &position.condition);
                if !same {
                    return Err(ApiError::Keep(format!(
                        "the position in {} is of another dataset or condition: name another file with --position, or \
                         delete it",
                        path.display()
                    )));
                }
                position = found;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if let Some(since) = since {
                    position.updated_on = Some(timestamp(since).trim_matches('\'').to_owned());
                } else {
                    let mut waiting = Waiting { told, stopped };
                    position.updated_on = api.value("max(updated_on)", &condition, &mut waiting)?;
                    let mut follower = Self { api, condition, path, position };
                    // those with the latest time that are there already are known, not new
                    follower.round(told, stopped, |_| Ok::<(), ApiError>(()))?;
                    return Ok(follower);
                }
            }
            Err(error) => return Err(keep(&path, &error)),
        }
        Ok(Self { api, condition, path, position })
    }

    /// The latest correction time so far, as the API writes it.
    #[must_use]
    pub fn position(&self) -> Option<&str> {
        self.position.updated_on.as_deref()
    }

    /// One round: hands on each page of what is new, as a CSV file with a header, and remembers it once `take` has
    /// returned without an error.
    ///
    /// # Errors
    /// If the API does not answer, the position can't be written, or `take` fails.
    pub fn round<E: From<ApiError>>(
        &mut self,
        told: &mut dyn FnMut(&str),
        stopped: &dyn Fn() -> bool,
        mut take: impl FnMut(Vec<u8>) -> Result<(), E>,
    ) -> Result<Followed, E> {
        let mut waiting = Waiting { told, stopped };
        let mut followed = Followed::default();
        // behind the last row of the page before, in this round
        let mut behind: Option<(String, String)> = None;
        loop {
            if stopped() {
                return Err(ApiError::Stopped.into());
            }
            let condition = match (&behind, &self.position.updated_on) {
                (Some((id, at)), _) => self.condition.clone().and(format_args!(
                    "updated_on > '{at}' OR (updated_on = '{at}' AND id > {id})"
                )),
                (None, Some(at)) => {
                    self.condition.clone().and(format_args!("updated_on >= '{at}'"))
                }
                (None, None) => self.condition.clone(),
            };
            let page = self.api.page(&condition, "updated_on,id", &mut waiting)?;
            let count = page.keys().len();
            behind = page.keys().last().cloned().or(behind);
            let fresh = self.fresh(&page);
            if fresh.1 > 0 {
                take(fresh.0)?;
                followed.rows += fresh.1;
                followed.pages += 1;
            }
            self.remember(&page)?;
            // a short page need not be the last one: an answer that broke off between two rows looks like it
            if count == 0 {
                return Ok(followed);
            }
        }
    }

    /// The rows of a page that were not handed on yet, as a file, and how many.
    fn fresh(&self, page: &Page) -> (Vec<u8>, u64) {
        let mut file = page.header().to_vec();
        let (mut rest, mut count) = (page.rows(), 0);
        let mut keys = page.keys().iter();
        while let Some(row) = row_texts(rest) {
            rest = &rest[row.next..];
            let Some((id, at)) = (if row.texts.is_empty() { None } else { keys.next() }) else {
                continue;
            };
            let known =
                self.position.updated_on.as_ref() == Some(at) && self.position.ids.contains(id);
            if !known {
                write_row(&row.texts, &mut file);
                count += 1;
            }
        }
        (file, count)
    }

    fn remember(&mut self, page: &Page) -> Result<(), ApiError> {
        for (id, at) in page.keys() {
            if self.position.updated_on.as_ref() != Some(at) {
                self.position.updated_on = Some(at.clone());
                self.position.ids.clear();
            }
            self.position.ids.insert(id.clone());
        }
        write_whole(&self.path, &self.position)
    }
}
