//! Records that stream in while faults strike: file after file through `crimes produce --resume --rate`.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File};
use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use csv::StringRecord;
use fastrand::Rng;

use super::hostile;
use crate::harness::{Case, Input, generated, shared};
use crate::oracle::{Row, read_file};

const POLL: Duration = Duration::from_millis(200);
const ROWS: usize = 15_000;
const DAYS: u32 = 20;
/// Longer than any outage: what the producer gives up is sent again by the next one, but only when others have gone
/// ahead of it.
const DELIVERY_SECONDS: &str = "900";
const MOST_FAILURES: usize = 20;

/// A file with its number and its position.
struct Chunk {
    path: PathBuf,
    position: PathBuf,
}

/// How often each row was sent: by a digest of what the topic must have of it.
pub(super) type Sent = BTreeMap<u64, i64>;

/// The producer, and all that it has to send.
pub(super) struct Stream<'a> {
    case: &'a Case<'a>,
    state: Mutex<State>,
    rate: u32,
}

struct State {
    real: VecDeque<Vec<StringRecord>>,
    header: StringRecord,
    rng: Rng,
    seed: u64,
    made: u32,
    chunk: Chunk,
    child: Option<Child>,
    is_last: bool,
    has_ended: bool,
    failures: usize,
    sent: Sent,
}

/// What a record of the topic has in common with the row that it was made of.
pub(super) fn digest(row: &Row) -> u64 {
    let mut hasher = DefaultHasher::new();
    for column in ["id", "primary_type", "description", "district", "arrest", "latitude", "ward"] {
        row.get(column).map_or("", |text| text.trim()).hash(&mut hasher);
    }
    hasher.finish()
}

impl<'a> Stream<'a> {
    /// Makes the first file, and sends nothing yet.
    pub(super) fn new(case: &'a Case<'a>, seed: u64, rate: u32) -> Result<Self> {
        let (header, real) = match shared("crimes-2018.csv.gz")? {
            None => (StringRecord::new(), VecDeque::new()),
            Some(input) => records(&input)?,
        };
        let rng = Rng::with_seed(seed);
        let nowhere = Chunk { path: PathBuf::new(), position: PathBuf::new() };
        let mut state = State {
            real,
            header,
            rng,
            seed,
            made: 0,
            chunk: nowhere,
            child: None,
            is_last: false,
            has_ended: false,
            failures: 0,
            sent: Sent::new(),
        };
        state.next_chunk(case)?;
        Ok(Self { case, state: Mutex::new(state), rate })
    }

    /// Starts the producer, or starts it again: it goes on where it was.
    pub(super) fn start(&self) -> Result<()> {
        let mut state = self.state();
        self.spawn(&mut state)
    }

    /// Whether a producer runs.
    pub(super) fn is_sending(&self) -> Result<bool> {
        let mut state = self.state();
        Ok(match &mut state.child {
            Some(child) => child.try_wait()?.is_none(),
            None => false,
        })
    }

    /// Kills the producer.
    pub(super) fn kill(&self) -> Result<()> {
        self.state().kill()
    }

    /// No more files: what is left of this one comes as fast as it goes.
    pub(super) fn finish(&self) -> Result<()> {
        let mut state = self.state();
        state.is_last = true;
        state.kill()?;
        self.spawn(&mut state)
    }

    /// Sees to it that records flow, until the last one is acknowledged or `stop` says so.
    pub(super) fn tend(&self, stop: impl Fn() -> bool) -> Result<()> {
        while !stop() {
            let mut state = self.state();
            let child = state.child.as_mut();
            let ended = child.map_or(Ok(None), Child::try_wait)?;
            match ended {
                Some(status) if status.success() && state.is_last => {
                    state.has_ended = true;
                    return Ok(());
                }
                Some(status) if status.success() => {
                    state.next_chunk(self.case)?;
                    self.spawn(&mut state)?;
                }
                Some(status) => {
                    state.failures += 1;
                    let log = self.log().display().to_string();
                    ensure!(state.failures <= MOST_FAILURES, "crimes produce: {status}, see {log}");
                    self.spawn(&mut state)?;
                }
                None => {}
            }
            drop(state);
            thread::sleep(POLL);
        }
        Ok(())
    }

    /// Whether all is acknowledged.
    pub(super) fn has_ended(&self) -> bool {
        self.state().has_ended
    }

    /// Whether no more files come.
    pub(super) fn is_last(&self) -> bool {
        self.state().is_last
    }

    /// How often the producer gave up and was started again.
    pub(super) fn failures(&self) -> usize {
        self.state().failures
    }

    /// All rows of all files so far, by their digests.
    pub(super) fn sent(&self) -> Sent {
        self.state().sent.clone()
    }

    /// What the producers say.
    pub(super) fn log(&self) -> PathBuf {
        self.case.stack.directory().join("logs/producer.log")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn spawn(&self, state: &mut State) -> Result<()> {
        let text = |path: &PathBuf| path.to_str().map(str::to_owned).context("a path not in UTF-8");
        let (file, position) = (text(&state.chunk.path)?, text(&state.chunk.position)?);
        let mut arguments = vec!["produce", &file, "--topic", &self.case.topic, "--resume"];
        arguments.extend(["--position", &position, "--delivery-timeout", DELIVERY_SECONDS]);
        let rate = format!("{}/s", self.rate);
        if !state.is_last {
            arguments.extend(["--rate", &rate]);
        }
        let log = File::options().create(true).append(true).open(self.log())?;
        let mut command = self.case.stack.programs().crimes(&arguments)?;
        command.stdout(Stdio::null()).stderr(log);
        state.child = Some(command.spawn().context("starting crimes produce")?);
        Ok(())
    }
}

impl State {
    fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Real rows as long as there are some, then generated ones; hostile ones among them.
    fn next_chunk(&mut self, case: &Case<'_>) -> Result<()> {
        let directory = case.stack.directory();
        let (header, rows) = match self.real.pop_front() {
            Some(rows) => (self.header.clone(), rows),
            None => self.generate(case)?,
        };
        self.made += 1;
        let path = directory.join(format!("chunk-{}.csv", self.made));
        let rows = hostile::among(&header, rows, &mut self.rng)?;
        let mut writer = csv::Writer::from_path(&path)?;
        writer.write_record(&header)?;
        for row in &rows {
            writer.write_record(row)?;
        }
        writer.flush()?;
        for row in read_file(&path)? {
            *self.sent.entry(digest(&row)).or_default() += 1;
        }
        let position = directory.join(format!("chunk-{}.position", self.made));
        self.chunk = Chunk { path, position };
        Ok(())
    }

    fn generate(&mut self, case: &Case<'_>) -> Result<(StringRecord, Vec<StringRecord>)> {
        let first = chrono::NaiveDate::from_ymd_opt(2019, 1, 1).context("a date")?;
        let from = first + chrono::Days::new(u64::from(self.made * DAYS));
        let (seed, from, days) = (self.seed.to_string(), from.to_string(), DAYS.to_string());
        let options = ["--seed", &seed, "--from", &from, "--days", &days];
        let input = generated(case.stack, "chaos.csv", &options)?;
        let (header, mut chunks) = records(&input)?;
        fs::remove_file(&input.path)?;
        let Some(rows) = chunks.pop_front() else { bail!("no generated crimes") };
        Ok((header, chunks.into_iter().fold(rows, |all, more| [all, more].concat())))
    }
}

impl Drop for Stream<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.state().kill() {
            eprintln!("a producer may be left behind: {error:#}");
        }
    }
}

/// The rows of a file as they stand, in pieces, and its header.
fn records(input: &Input) -> Result<(StringRecord, VecDeque<Vec<StringRecord>>)> {
    let file = File::open(&input.path)?;
    let text: Box<dyn std::io::Read> = match input.path.extension() {
        Some(extension) if extension == "gz" => Box::new(flate2::read::MultiGzDecoder::new(file)),
        _ => Box::new(file),
    };
    let mut reader = csv::Reader::from_reader(text);
    let header = reader.headers()?.clone();
    let rows = reader.records().collect::<Result<Vec<_>, _>>()?;
    Ok((header, rows.chunks(ROWS).map(<[StringRecord]>::to_vec).collect()))
}
