//! Opens what the user names: a file or a stream, compressed or not, found by its first bytes and not by its name.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::columns::{Dialect, HeaderError, Layout};
use crate::files::{FileFrom, read_up_to};
use crate::looks;
use crate::source::{CsvSource, CsvTimes, HeaderRow, JsonSource, Limits, Source, header};

/// How much is read to see what an input is: more than any header takes.
const HEAD: usize = 1 << 16;

/// What an input's rows are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// CSV with a header
    Csv(Layout),
    /// one JSON object a line, each in a spelling of its own
    JsonLines,
}

impl Format {
    /// In words, for the log.
    #[must_use]
    pub fn described(&self) -> String {
        match self {
            Self::Csv(layout) => format!("CSV in the {} form", layout.dialect),
            Self::JsonLines => "lines of JSON".to_owned(),
        }
    }

    /// The spelling of the columns, where the whole input has one.
    #[must_use]
    pub fn dialect(&self) -> Option<Dialect> {
        match self {
            Self::Csv(layout) => Some(layout.dialect),
            Self::JsonLines => None,
        }
    }
}

/// What tells a file's content from every other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// as the user named it
    pub name: String,
    /// length
    pub bytes: u64,
    /// in hexadecimal digits
    pub sha256: String,
}

/// Something to read records from.
pub struct Input {
    name: String,
    origin: Origin,
    format: Format,
    /// where the rows begin in the uncompressed bytes
    offset: u64,
    /// the line there, from 1
    line: u64,
}

enum Origin {
    File(Arc<File>),
    Gzip(Arc<File>),
    /// can be read once; none once it was
    Stream(Option<Box<dyn Read + Send>>),
}

/// Why an input as a whole can't be used.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// missing, a folder, not readable
    #[error("{name} can't be opened")]
    Open {
        /// as the user named it
        name: String,
        #[source]
        #[allow(missing_docs)]
        cause: io::Error,
    },
    /// not even a header
    #[error("{name} is empty: it has not even a header")]
    Empty {
        #[allow(missing_docs)]
        name: String,
    },
    /// a file of another kind
    #[error("{name} is neither CSV nor lines of JSON: it looks like {looks_like}")]
    NotRows {
        #[allow(missing_docs)]
        name: String,
        /// what it is instead, and what to do
        looks_like: String,
    },
    /// a first line that is no header
    #[error("{name}: {cause}")]
    Header {
        #[allow(missing_docs)]
        name: String,
        #[allow(missing_docs)]
        cause: HeaderError,
    },
    /// it broke off
    #[error("{name} can't be read on")]
    Read {
        #[allow(missing_docs)]
        name: String,
        #[source]
        #[allow(missing_docs)]
        cause: io::Error,
    },
    /// no room to put rows in order
    #[error(
        "the rows of {name} can't be put in order: writing a temporary file to {} failed; name a folder with more room",
        folder.display()
    )]
    Spool {
        #[allow(missing_docs)]
        name: String,
        /// where it was tried
        folder: PathBuf,
        #[source]
        #[allow(missing_docs)]
        cause: io::Error,
    },
    /// more than an index entry can say
    #[error("{name} has a row beyond 1 TiB: split it into several files")]
    TooLarge {
        #[allow(missing_docs)]
        name: String,
    },
    /// the caller wanted to stop
    #[error("interrupted before anything was sent")]
    Stopped,
}

impl Input {
    /// Opens a file, and sees what it is.
    ///
    /// # Errors
    /// If it can't be read or has no records.
    pub fn file(path: &Path) -> Result<Self, InputError> {
        let name = path.display().to_string();
        let fail = |cause| InputError::Open { name: name.clone(), cause };
        let file = File::open(path).map_err(fail)?;
        let metadata = file.metadata().map_err(fail)?;
        if metadata.is_dir() {
            return Err(fail(io::Error::other("it is a folder")));
        }
        if !metadata.is_file() {
            return Self::stream(&name, Box::new(file)); // a pipe with a name
        }
        let file = Arc::new(file);
        let (start, _) = head(&mut FileFrom::start(&file), &name, shows_its_first_bytes)?;
        let gzip = is_gzip(&start);
        let origin = if gzip { Origin::Gzip(file) } else { Origin::File(file) };
        Self::of(name, origin)
    }

    /// Takes something that can be read only once, such as standard input, and sees what it is.
    ///
    /// # Errors
    /// If it can't be read or has no records.
    pub fn stream(name: &str, mut stream: Box<dyn Read + Send>) -> Result<Self, InputError> {
        let (start, _) = head(&mut stream, name, shows_its_first_bytes)?;
        let gzip = is_gzip(&start);
        let whole = Cursor::new(start).chain(stream);
        let whole: Box<dyn Read + Send> =
            if gzip { Box::new(MultiGzDecoder::new(whole)) } else { Box::new(whole) };
        Self::of(name.to_owned(), Origin::Stream(Some(whole)))
    }

    fn of(name: String, mut origin: Origin) -> Result<Self, InputError> {
        let (head, last) = match &mut origin {
            Origin::File(file) => head(&mut FileFrom::start(file), &name, says_what_it_is)?,
            Origin::Gzip(file) => {
                head(&mut MultiGzDecoder::new(FileFrom::start(file)), &name, says_what_it_is)?
            }
            Origin::Stream(stream) => {
                let Some(mut rest) = stream.take() else { return Err(InputError::Stopped) };
                let (head, last) = head(&mut rest, &name, says_what_it_is)?;
                *stream = Some(Box::new(Cursor::new(head.clone()).chain(rest)));
                (head, last)
            }
        };
        if head.iter().all(u8::is_ascii_whitespace) {
            return Err(InputError::Empty { name });
        }
        if let Some(looks_like) = looks::like(&head) {
            return Err(InputError::NotRows { name, looks_like: looks_like.to_owned() });
        }
        if head.trim_ascii_start().starts_with(b"{") {
            return Ok(Self { name, origin, format: Format::JsonLines, offset: 0, line: 1 });
        }
        let HeaderRow { names, offset, line } = header(&head, last).ok_or_else(|| {
            let cause =
                HeaderError::Unknown(crate::columns::shown(&String::from_utf8_lossy(&head)));
            InputError::Header { name: name.clone(), cause }
        })?;
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        match Layout::of(&names) {
            Ok(layout) => Ok(Self { name, origin, format: Format::Csv(layout), offset, line }),
            Err(cause) => Err(InputError::Header { name, cause }),
        }
    }

    /// As the user named it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its rows are.
    #[must_use]
    pub fn format(&self) -> &Format {
        &self.format
    }

    /// Its rows in the order in which they stand. `number` is the input's number in each row's place; rows
    /// beyond `limits` are broken.
    ///
    /// # Errors
    /// If it can't be read, or for the second time though it can be read only once.
    pub fn rows(&mut self, number: u32, limits: Limits) -> io::Result<Box<dyn Source>> {
        let (offset, line) = (self.offset, self.line);
        let bytes = self.bytes(offset)?;
        match &self.format {
            Format::Csv(layout) => {
                Ok(Box::new(CsvSource::new(bytes, layout, limits, number, offset, line)))
            }
            Format::JsonLines => Ok(Box::new(JsonSource::new(bytes, limits, number, offset, line))),
        }
    }

    /// The times of its rows and nothing else, where they can be seen at a glance: only in CSV.
    pub(crate) fn times(
        &mut self,
        limits: Limits,
    ) -> io::Result<Option<CsvTimes<Box<dyn Read + Send>>>> {
        let Format::Csv(layout) = &self.format else { return Ok(None) };
        let layout = layout.clone();
        let bytes = self.bytes(self.offset)?;
        Ok(Some(CsvTimes::new(bytes, &layout, limits)))
    }

    /// Its uncompressed bytes from a place on.
    fn bytes(&mut self, offset: u64) -> io::Result<Box<dyn Read + Send>> {
        let mut bytes: Box<dyn Read + Send> = match &mut self.origin {
            Origin::File(file) => return Ok(Box::new(FileFrom::at(file, offset))),
            Origin::Gzip(file) => Box::new(MultiGzDecoder::new(FileFrom::start(file))),
            Origin::Stream(stream) => stream
                .take()
                .ok_or_else(|| io::Error::other("it was read already and can't be read twice"))?,
        };
        io::copy(&mut (&mut bytes).take(offset), &mut io::sink())?;
        Ok(bytes)
    }

    /// The file whose bytes are the rows' bytes, if there is one.
    pub(crate) fn plain_file(&self) -> Option<&Arc<File>> {
        match &self.origin {
            Origin::File(file) => Some(file),
            _ => None,
        }
    }

    /// What tells it from every other content: the length and SHA-256 of its bytes as they lie on the disk.
    ///
    /// # Errors
    /// If it can't be read, can be read only once, or `stopped` says so.
    pub fn identity(&self, mut stopped: impl FnMut() -> bool) -> Result<Identity, InputError> {
        let name = || self.name.clone();
        let (Origin::File(file) | Origin::Gzip(file)) = &self.origin else {
            let cause = io::Error::other(
                "what comes through a pipe can't be read again after an interruption",
            );
            return Err(InputError::Read { name: name(), cause });
        };
        let mut from = FileFrom::start(file);
        let (mut digest, mut bytes) = (Sha256::new(), 0);
        let mut chunk = vec![0; 1 << 18];
        loop {
            let length = read_up_to(&mut from, &mut chunk)
                .map_err(|cause| InputError::Read { name: name(), cause })?;
            if length == 0 {
                let sha256 = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
                return Ok(Identity { name: name(), bytes, sha256 });
            }
            digest.update(&chunk[..length]);
            bytes += length as u64;
            if stopped() {
                return Err(InputError::Stopped);
            }
        }
    }

    /// Whether it can be read only once.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        matches!(self.origin, Origin::Stream(_))
    }

    /// Writes it uncompressed to a temporary file without a name, so that its rows can be read in any order. It is gone
    /// when the input is dropped, however the process ends.
    ///
    /// # Errors
    /// If it can't be read or the folder has no room.
    pub fn spool(
        &mut self,
        folder: &Path,
        mut stopped: impl FnMut() -> bool,
    ) -> Result<(), InputError> {
        let name = self.name.clone();
        let no_room =
            |cause| InputError::Spool { name: name.clone(), folder: folder.to_owned(), cause };
        let read = |cause| InputError::Read { name: name.clone(), cause };
        let mut from = self.bytes(0).map_err(read)?;
        let mut file = tempfile::tempfile_in(folder).map_err(no_room)?;
        let mut chunk = vec![0; 1 << 18];
        loop {
            let length = read_up_to(&mut from, &mut chunk).map_err(read)?;
            if length == 0 {
                break;
            }
            io::Write::write_all(&mut file, &chunk[..length]).map_err(no_room)?;
            if stopped() {
                return Err(InputError::Stopped);
            }
        }
        self.origin = Origin::File(Arc::new(file));
        Ok(())
    }
}

/// The first bytes of an input, and whether they are all. Not more is waited for than `enough` asks: an input may be slow.
fn head(
    input: &mut impl Read,
    name: &str,
    enough: impl Fn(&[u8]) -> bool,
) -> Result<(Vec<u8>, bool), InputError> {
    let mut head = vec![0; HEAD];
    let mut length = 0;
    loop {
        if length == HEAD || enough(&head[..length]) {
            head.truncate(length);
            return Ok((head, false));
        }
        match input.read(&mut head[length..]) {
            Ok(0) => {
                head.truncate(length);
                return Ok((head, true));
            }
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(InputError::Read { name: name.to_owned(), cause }),
        }
    }
}

/// Whether it can be told from these bytes what an input is.
fn says_what_it_is(head: &[u8]) -> bool {
    looks::like(head).is_some()
        || head.trim_ascii_start().starts_with(b"{")
        || header(head, false).is_some_and(|header| header.names.len() > 1)
}

/// Whether gzip can be told from these bytes.
fn shows_its_first_bytes(head: &[u8]) -> bool {
    head.len() >= 2
}

fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(b"\x1f\x8b")
}
