//! How far a file was sent, in a small file of its own, so that an interrupted run can go on.
//!
//! It is written about once a second and replaced as a whole, so that it is never half written. It says which records
//! were acknowledged, and where in the topic the last of them lie. What was acknowledged after it was written is found
//! by reading the topic from there ([`crate::sink::arrived`]): each message of a run that can be resumed carries the
//! run's name and its number. So a record is sent again only if it is not in the topic.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::input::Identity;
use crate::order::{Order, TimeRange};
use crate::produce::Memory;
use crate::sink::{Acknowledged, Deliveries, Offsets};
use crate::source::Limits;

/// What must be the same for a position to be worth anything: it decides which record has which number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// where records go
    pub topic: String,
    /// the files, in the order in which they were named
    pub inputs: Vec<Identity>,
    /// the order of the records
    pub order: Order,
    /// which of them
    pub range: TimeRange,
    /// which rows are broken, so that they have no number
    pub limits: Limits,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Written {
    version: u32,
    run: String,
    subject: Subject,
    cluster: Option<String>,
    /// where partitions ended before the first message
    start: BTreeMap<i32, i64>,
    /// behind the last acknowledged message of each partition
    offsets: BTreeMap<i32, i64>,
    /// all records before this one were acknowledged
    acknowledged: u64,
    /// and these ranges of records after it, their ends not included
    beyond: Vec<(u64, u64)>,
}

const VERSION: u32 = 1;

/// A position that is kept in a file.
#[derive(Debug)]
pub struct Position {
    path: PathBuf,
    written: Written,
    before: Acknowledged,
    is_new: bool,
}

/// Why a position is of no use.
#[derive(Debug, thiserror::Error)]
pub enum PositionError {
    /// not readable or not writable
    #[error("the position in {} can't be read or written", path.display())]
    File {
        #[allow(missing_docs)]
        path: PathBuf,
        #[source]
        #[allow(missing_docs)]
        cause: io::Error,
    },
    /// not what we write
    #[error("{} is no position of this version ({cause}); delete it to begin anew", path.display())]
    Foreign {
        #[allow(missing_docs)]
        path: PathBuf,
        #[allow(missing_docs)]
        cause: String,
    },
    /// of something else
    #[error("{what}, so the position in {} is of no use; delete it to begin anew: all records are sent again then", path.display())]
    Changed {
        #[allow(missing_docs)]
        path: PathBuf,
        /// what is not the same, in a sentence
        what: String,
    },
}

impl Position {
    /// Reads the position at `path`; begins a new one if there is none.
    ///
    /// # Errors
    /// If it can't be read, or is of other files or settings.
    pub fn open(path: &Path, subject: Subject) -> Result<Self, PositionError> {
        let path = path.to_owned();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                let run = format!("{:016x}", RandomState::new().build_hasher().finish());
                let written = Written {
                    version: VERSION,
                    run,
                    subject,
                    cluster: None,
                    start: BTreeMap::new(),
                    offsets: BTreeMap::new(),
                    acknowledged: 0,
                    beyond: Vec::new(),
                };
                return Ok(Self { path, written, before: Acknowledged::default(), is_new: true });
            }
            Err(cause) => return Err(PositionError::File { path, cause }),
        };
        let written: Written = match serde_json::from_str(&text) {
            Ok(written) => written,
            Err(error) => return Err(PositionError::Foreign { path, cause: error.to_string() }),
        };
        if written.version != VERSION {
            let cause = format!("its version is {}", written.version);
            return Err(PositionError::Foreign { path, cause });
        }
        if let Some(what) = difference(&written.subject, &subject) {
            return Err(PositionError::Changed { path, what });
        }
        let before = Acknowledged::of(written.acknowledged, &written.beyond);
        Ok(Self { path, written, before, is_new: false })
    }

    /// Where it is kept.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name that the run's messages carry.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.written.run
    }

    /// Whether nothing was sent before.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Which rows are broken: those that were when the run began. A later run must not take its own clock, or a record
    /// that lay in the future then would move the numbers of all that come behind it.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.written.subject.limits
    }

    /// Where in the topic to look for messages that are not written down.
    #[must_use]
    pub fn offsets(&self) -> Offsets<'_> {
        Offsets { start: &self.written.start, acknowledged: &self.written.offsets }
    }

    /// Which records were acknowledged before this run.
    #[must_use]
    pub fn acknowledged(&self) -> &Acknowledged {
        &self.before
    }

    /// Checks that it is of this cluster. In a new one, notes where the run begins.
    ///
    /// # Errors
    /// If it is of another cluster.
    pub fn begin(
        &mut self,
        cluster: Option<&str>,
        start: BTreeMap<i32, i64>,
    ) -> Result<(), PositionError> {
        if self.is_new {
            self.written.cluster = cluster.map(str::to_owned);
            self.written.start = start;
        } else if self.written.cluster.as_deref() != cluster {
            let what = "the records were sent to another Kafka cluster".to_owned();
            return Err(PositionError::Changed { path: self.path.clone(), what });
        }
        self.save().map_err(|cause| PositionError::File { path: self.path.clone(), cause })
    }

    /// Adds records that were found in the topic.
    pub fn found(&mut self, numbers: &[u64]) {
        for &number in numbers {
            self.before.insert(number);
        }
        self.written.acknowledged = self.before.prefix();
        self.written.beyond = self.before.beyond();
    }

    fn save(&self) -> io::Result<()> {
        let folder = match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer(&mut file, &self.written)?;
        file.flush()?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }
}

impl Memory for Position {
    fn was_acknowledged(&self, number: u64) -> bool {
        self.before.contains(number)
    }

    fn keep(&mut self, deliveries: &Deliveries) -> io::Result<()> {
        self.written.acknowledged = deliveries.numbers.prefix();
        self.written.beyond = deliveries.numbers.beyond();
        for (&partition, &offset) in &deliveries.offsets {
            let known = self.written.offsets.entry(partition).or_default();
            *known = offset.max(*known);
        }
        self.save().map_err(|error| {
            let sentence =
                format!("the position in {} can't be written: {error}", self.path.display());
            io::Error::new(error.kind(), sentence)
        })
    }
}

/// What is not the same, in a sentence.
fn difference(then: &Subject, now: &Subject) -> Option<String> {
    if then.topic != now.topic {
        return Some(format!("the records were sent to topic {}, not {}", then.topic, now.topic));
    }
    let contents = |subject: &Subject| -> Vec<(u64, String)> {
        subject.inputs.iter().map(|input| (input.bytes, input.sha256.clone())).collect()
    };
    if then.inputs.len() != now.inputs.len() {
        return Some(format!(
            "it was {} files, and now it is {}",
            then.inputs.len(),
            now.inputs.len()
        ));
    }
    if contents(then) != contents(now) {
        let (then, now) = then
            .inputs
            .iter()
            .zip(&now.inputs)
            .find(|(then, now)| (then.bytes, &then.sha256) != (now.bytes, &now.sha256))?;
        return Some(format!(
            "{} was changed since records of it were sent (it had {} bytes and has {})",
            now.name, then.bytes, now.bytes
        ));
    }
    if then.order != now.order || then.range != now.range {
        return Some(
            "the records were sent in another order or from another stretch of time".to_owned(),
        );
    }
    let kinds = |subject: &Subject| (subject.limits.row_bytes, subject.limits.latest.is_some());
    if kinds(then) != kinds(now) {
        return Some("other rows were taken for broken: too long, or in the future".to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn subject() -> Subject {
        let input = Identity { name: "a.csv".into(), bytes: 7, sha256: "ab".into() };
        Subject {
            topic: "crime".into(),
            inputs: vec![input],
            order: Order::EventTime,
            range: TimeRange::default(),
            limits: Limits { row_bytes: 1000, latest: Some(1_000_000) },
        }
    }

    fn deliveries(numbers: &[u64]) -> Deliveries {
        let mut deliveries = Deliveries::default();
        numbers.iter().for_each(|&number| deliveries.numbers.insert(number));
        deliveries
    }

    #[test]
    fn what_was_kept_is_known_again() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("deep/position.json");
        let mut position = Position::open(&path, subject()).unwrap();
        assert!(position.is_new());
        position.begin(Some("cluster"), BTreeMap::from([(0, 5)])).unwrap();
        let mut first = deliveries(&[0, 1, 4]);
        first.offsets = BTreeMap::from([(0, 8)]);
        position.keep(&first).unwrap();
        let run = position.run().to_owned();

        let mut again = Position::open(&path, subject()).unwrap();
        assert!(!again.is_new());
        assert_eq!(again.run(), run);
        again.begin(Some("cluster"), BTreeMap::from([(0, 999)])).unwrap();
        again.found(&[3]);
        let known: Vec<u64> = (0..10).filter(|&number| again.was_acknowledged(number)).collect();
        assert_eq!(known, [0, 1, 3, 4]);
        assert_eq!(again.offsets().start, &BTreeMap::from([(0, 5)]));
        assert_eq!(again.offsets().acknowledged, &BTreeMap::from([(0, 8)]));
        assert!(again.begin(Some("another"), BTreeMap::new()).is_err());
        let left: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(left.len(), 1, "a temporary file was left behind");
    }

    #[test]
    fn a_position_of_something_else_is_refused_with_a_sentence() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("position.json");
        Position::open(&path, subject()).unwrap().begin(None, BTreeMap::new()).unwrap();
        let mut changed = subject();
        changed.inputs[0].sha256 = "cd".into();
        let mut other_topic = subject();
        other_topic.topic = "other".into();
        let mut other_range = subject();
        other_range.range.from = Some(1);
        let mut longer = subject();
        longer.limits.row_bytes = 2000;
        let mut future = subject();
        future.limits.latest = None;
        let mut more = subject();
        more.inputs.push(more.inputs[0].clone());
        for (subject, said) in [
            (changed, "a.csv was changed"),
            (other_topic, "topic crime"),
            (other_range, "stretch"),
            (longer, "broken"),
            (future, "in the future"),
            (more, "2"),
        ] {
            let error = Position::open(&path, subject).unwrap_err().to_string();
            assert!(error.contains(said) && error.contains("position.json"), "{error}");
        }
        let mut renamed = subject();
        renamed.inputs[0].name = "b.csv".into();
        assert!(Position::open(&path, renamed).is_ok());
        let mut later = subject();
        later.limits.latest = Some(2_000_000);
        assert_eq!(Position::open(&path, later).unwrap().limits(), subject().limits);
        fs::write(&path, "{}").unwrap();
        let error = Position::open(&path, subject()).unwrap_err();
        assert!(matches!(error, PositionError::Foreign { .. }));
    }

    #[test]
    fn a_position_that_can_not_be_written_is_an_error() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let mut position = Position::open(&folder.path().join("p"), subject()).unwrap();
        position.path = file.join("p");
        assert!(position.begin(None, BTreeMap::new()).is_err());
        assert!(position.keep(&deliveries(&[])).unwrap_err().to_string().contains("file/p"));
    }
}
