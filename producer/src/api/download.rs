//! A file of the dataset's records, in steps that can be interrupted.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use super::client::{Api, ApiError, Waiting};
use super::soql::Condition;

/// What to download.
#[derive(Debug, Clone)]
pub struct Download {
    /// which records
    pub condition: Condition,
    /// where to; compressed if the name ends in `.gz`
    pub path: PathBuf,
}

/// What was downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Downloaded {
    /// rows in the file
    pub rows: u64,
    /// rows of them that a run before this one had got
    pub rows_before: u64,
}

/// How far a download is. It lies beside the part of the file that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    host: String,
    dataset: String,
    condition: String,
    /// the header that pages have
    header: String,
    /// the ID of the last row
    last: String,
    rows: u64,
    /// length of the part that is whole
    bytes: u64,
}

impl Download {
    /// Gets page after page. The file appears under its name when it is whole, all at once; until then its part lies
    /// beside it, and a download that was interrupted goes on there. `told` gets a sentence when a request is tried
    /// again, `progress` the rows so far and, if the API says, of how many.
    ///
    /// # Errors
    /// If the API does not answer, the file can't be written, or `stopped` says so.
    pub fn run(
        &self,
        api: &Api,
        told: &mut dyn FnMut(&str),
        progress: &mut dyn FnMut(u64, Option<u64>),
        stopped: &dyn Fn() -> bool,
    ) -> Result<Downloaded, ApiError> {
        let mut waiting = Waiting { told, stopped };
        let total = api
            .value("count(*)", &self.condition, &mut waiting)?
            .and_then(|count| count.parse().ok());
        let mut part = Part::open(self, api)?;
        let rows_before = part.state.as_ref().map_or(0, |state| state.rows);
        loop {
            let rows = part.state.as_ref().map_or(0, |state| state.rows);
            progress(rows, total);
            if stopped() {
                return Err(ApiError::Stopped);
            }
            let condition = match &part.state {
                Some(state) => self.condition.clone().and(format_args!("id > {}", state.last)),
                None => self.condition.clone(),
            };
            let page = api.page(&condition, "id", &mut waiting)?;
            let count = page.keys().len();
            let header = String::from_utf8_lossy(page.header()).into_owned();
            if part.state.as_ref().is_some_and(|state| state.header != header) {
                return Err(ApiError::Keep(
                    "the columns of the dataset changed during the download: delete the part and begin anew".to_owned(),
                ));
            }
            let last = page.keys().last().map(|(id, _)| id.clone());
            if let Some(id) =
                page.keys().iter().map(|(id, _)| id).find(|id| id.parse::<u64>().is_err())
            {
                return Err(ApiError::Keep(format!("a row has no number as its ID but {id:?}")));
            }
            part.append(if part.state.is_none() { page.body() } else { page.rows() }, |state| {
                state.header = header;
                state.rows += count as u64;
                state.last = last.unwrap_or_else(|| std::mem::take(&mut state.last));
            })?;
            // a short page need not be the last one: an answer that broke off between two rows looks like it
            if count == 0 {
                let rows = part.finish(&self.path)?;
                progress(rows, total);
                return Ok(Downloaded { rows, rows_before });
            }
        }
    }
}

/// The part of the file that is there.
struct Part {
    file: File,
    path: PathBuf,
    state_path: PathBuf,
    /// what is known of it; none before the first page
    state: Option<State>,
    begin: State,
    compressed: bool,
}

impl Part {
    fn open(download: &Download, api: &Api) -> Result<Self, ApiError> {
        let path = beside(&download.path, "part");
        let state_path = beside(&download.path, "part.json");
        let begin = State {
            host: api.dataset().host.clone(),
            dataset: api.dataset().id.clone(),
            condition: download.condition.to_string(),
            header: String::new(),
            last: String::new(),
            rows: 0,
            bytes: 0,
        };
        let state = match fs::read(&state_path) {
            Ok(bytes) => Some(serde_json::from_slice::<State>(&bytes).map_err(|error| {
                ApiError::Keep(format!("{} is not ours ({error}): delete it", state_path.display()))
            })?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(keep(&state_path, &error)),
        };
        if let Some(state) = &state
            && (&state.host, &state.dataset, &state.condition)
                != (&begin.host, &begin.dataset, &begin.condition)
        {
            return Err(ApiError::Keep(format!(
                "{} is the part of another download: go on with that, or delete it and {}",
                path.display(),
                state_path.display()
            )));
        }
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|error| keep(&path, &error))?;
        let length = state.as_ref().map_or(0, |state| state.bytes);
        let there = file.metadata().map_err(|error| keep(&path, &error))?.len();
        if there < length {
            return Err(ApiError::Keep(format!(
                "{} is shorter than it was: delete it and {}",
                path.display(),
                state_path.display()
            )));
        }
        // what was written after the state is not known to be whole
        file.set_len(length).map_err(|error| keep(&path, &error))?;
        let compressed = download.path.extension().is_some_and(|it| it.eq_ignore_ascii_case("gz"));
        let mut part = Self { file, path, state_path, state, begin, compressed };
        io::Seek::seek(&mut part.file, io::SeekFrom::End(0))
            .map_err(|error| keep(&part.path, &error))?;
        Ok(part)
    }

    /// Adds bytes, and then the state that knows of them. Of a compressed file each page is a member of its own, so that
    /// it can be added to.
    fn append(&mut self, bytes: &[u8], change: impl FnOnce(&mut State)) -> Result<(), ApiError> {
        let written = if self.compressed {
            let mut encoder = GzEncoder::new(&mut self.file, Compression::default());
            encoder.write_all(bytes).and_then(|()| encoder.finish().map(drop))
        } else {
            self.file.write_all(bytes)
        };
        let length = written
            .and_then(|()| self.file.sync_all())
            .and_then(|()| self.file.metadata())
            .map_err(|error| keep(&self.path, &error))?
            .len();
        let mut state = self.state.take().unwrap_or_else(|| self.begin.clone());
        change(&mut state);
        state.bytes = length;
        write_whole(&self.state_path, &state)?;
        self.state = Some(state);
        Ok(())
    }

    /// Gives the file its name.
    fn finish(self, name: &Path) -> Result<u64, ApiError> {
        fs::rename(&self.path, name).map_err(|error| keep(name, &error))?;
        fs::remove_file(&self.state_path).map_err(|error| keep(&self.state_path, &error))?;
        Ok(self.state.map_or(0, |state| state.rows))
    }
}

/// Replaces a small file as a whole.
pub(super) fn write_whole(path: &Path, content: &impl Serialize) -> Result<(), ApiError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let write = || -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer(&mut file, content)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(|error| keep(path, &error))
}

pub(super) fn keep(path: &Path, error: &io::Error) -> ApiError {
    ApiError::Keep(format!("{} can't be read or written: {error}", path.display()))
}

/// `crimes.csv.gz.part` beside `crimes.csv.gz`.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{ending}"));
    path.with_file_name(name)
}
