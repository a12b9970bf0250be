//! Files of crimes: real ones where they are at hand, else generated.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{Run, Stack};
use crate::oracle::{Answer, Row, answer, read_file};

/// The job's threshold unless a test sets another.
const THRESHOLD: i64 = 14;

/// A file of crimes and all its rows.
pub struct Input {
    /// the file
    pub path: PathBuf,
    /// its rows, in its order
    pub rows: Vec<Row>,
}

impl Input {
    /// Reads a file.
    ///
    /// # Errors
    /// If it is not a CSV file whose rows are all whole.
    pub fn read(path: &Path) -> Result<Self> {
        let rows = read_file(path).with_context(|| path.display().to_string())?;
        Ok(Self { path: path.to_owned(), rows })
    }

    /// What must come out of it.
    pub fn answer(&self) -> Answer {
        answer(&self.rows, THRESHOLD)
    }
}

/// A file of real records, which lies beside the project if at all. They are not the project's to publish.
///
/// # Errors
/// If it is there and can't be read.
pub fn shared(name: &str) -> Result<Option<Input>> {
    let path = super::programs::project().join("../shared/data").join(name);
    if path.exists() { Input::read(&path).map(Some) } else { Ok(None) }
}

/// A generated file: `crimes generate ARGUMENTS`, the same at every call.
///
/// # Errors
/// If it can't be made or read.
pub fn generated(stack: &Stack, name: &str, arguments: &[&str]) -> Result<Input> {
    let path = stack.directory().join(name);
    let mut all = vec!["generate"];
    all.extend(arguments);
    all.extend(["--output", path.to_str().context("a path that is not text")?]);
    stack.programs().crimes(&all)?.run()?.success().context("crimes generate")?;
    Input::read(&path)
}
