//! What the job shows of a fault: its states, its checkpoints, what it has read, and the words in its logs.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use serde_json::Value;

use super::plan::Server;
use crate::harness::{Cluster, wait_for};

const PERIOD: Duration = Duration::from_millis(500);
/// A JobManager that does not answer for so long is said to be silent.
const PATIENCE: Duration = Duration::from_secs(2);
/// An operator's metrics come some seconds after it.
const METRICS: Duration = Duration::from_secs(60);
const RECORDS: &str = "ingest.records";

/// What is not yet written to a server: the operators that write to it, by the beginnings of their names.
const WRITERS: [(Server, &str); 2] =
    [(Server::Postgres, "postgres-"), (Server::Elasticsearch, "elasticsearch-")];
const UNWRITTEN: &str = ".unwrittenBytes";

/// Milliseconds since 1970, as Flink's own times are.
pub(super) type Millis = i64;

/// Now.
pub(super) fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_millis().try_into().unwrap_or(Millis::MAX)
}

/// What Flink said at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Sample {
    /// when it was asked
    pub(super) at: Millis,
    /// how long the answer took
    pub(super) took: Millis,
    /// `RUNNING` and so on; none if Flink did not answer
    pub(super) state: Option<String>,
    /// whether every task runs
    pub(super) runs: bool,
    /// records that were read since the tasks were started
    pub(super) records: Option<f64>,
    /// bytes that wait for being written, by server
    pub(super) unwritten: BTreeMap<Server, f64>,
}

/// A checkpoint.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Checkpoint {
    /// when it began
    pub(super) triggered: Millis,
    /// how long it took so far
    pub(super) took: Millis,
    /// `COMPLETED`, `FAILED` or `IN_PROGRESS`
    pub(super) status: String,
}

/// All that was seen so far.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) samples: Vec<Sample>,
    pub(super) checkpoints: BTreeMap<u64, Checkpoint>,
}

/// Asks Flink about one job, again and again.
pub(super) struct Watch {
    cluster: Cluster,
    job: String,
    /// the paths of [`UNWRITTEN`], by server
    unwritten: Vec<(Server, String)>,
    seen: Mutex<Seen>,
}

impl Watch {
    /// For a job that runs: an operator's metrics are known only then.
    pub(super) fn new(cluster: &Cluster, job: &str) -> Result<Self> {
        let cluster = cluster.with_patience(PATIENCE)?;
        let unwritten = wait_for("all writers have their metrics", METRICS, || {
            let found = writers(&cluster, job)?;
            let known = |server: Server| found.iter().any(|(it, _)| *it == server);
            Ok(WRITERS.iter().all(|(server, _)| known(*server)).then_some(found))
        })?;
        Ok(Self { cluster, job: job.to_owned(), unwritten, seen: Mutex::new(Seen::default()) })
    }

    /// Until `stop` says so.
    pub(super) fn watch(&self, stop: impl Fn() -> bool) {
        while !stop() {
            let begin = Instant::now();
            let mut sample = Sample { at: now(), ..Sample::default() };
            // A JobManager that does not answer is what a fault looks like, not an error.
            let answer = self.ask(&mut sample);
            sample.took = begin.elapsed().as_millis().try_into().unwrap_or(Millis::MAX);
            let mut seen = self.seen();
            if let Ok(checkpoints) = answer {
                seen.checkpoints.extend(checkpoints);
            }
            seen.samples.push(sample);
            drop(seen);
            thread::sleep(PERIOD.saturating_sub(begin.elapsed()));
        }
    }

    /// What was seen so far.
    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, sample: &mut Sample) -> Result<Vec<(u64, Checkpoint)>> {
        let job = self.cluster.get(&format!("/jobs/{}", self.job))?;
        let vertices = job["vertices"].as_array().context("no vertices")?;
        let state = job["state"].as_str().context("no state")?;
        let running = |vertex: &Value| matches!(vertex["status"].as_str(), Some("RUNNING"));
        sample.runs = state == "RUNNING" && vertices.iter().all(running);
        sample.state = Some(state.to_owned());
        let source = vertices.first().and_then(|vertex| vertex["id"].as_str());
        let source = source.context("no vertex with an id")?;
        let path = format!("/jobs/{}/vertices/{source}/subtasks/metrics", self.job);
        let answer = self.cluster.get(&format!("{path}?get={RECORDS}&agg=sum"))?;
        sample.records = answer[0]["sum"].as_f64();
        for (server, path) in &self.unwritten {
            if let Some(bytes) = self.cluster.get(path)?[0]["sum"].as_f64() {
                *sample.unwritten.entry(*server).or_default() += bytes;
            }
        }
        let answer = self.cluster.get(&format!("/jobs/{}/checkpoints", self.job))?;
        let history = answer["history"].as_array().context("no history of checkpoints")?;
        history.iter().map(checkpoint).collect()
    }
}

/// Where the figures of all operators are that write to a server.
fn writers(cluster: &Cluster, job: &str) -> Result<Vec<(Server, String)>> {
    let vertices = cluster.get(&format!("/jobs/{job}"))?["vertices"].clone();
    let mut found = Vec::new();
    for vertex in vertices.as_array().context("no vertices")? {
        let id = vertex["id"].as_str().context("no id")?;
        let path = format!("/jobs/{job}/vertices/{id}/subtasks/metrics");
        let metrics = cluster.get(&path)?;
        let names = metrics.as_array().context("no metrics")?.iter();
        for name in names.filter_map(|it| it["id"].as_str()).filter(|it| it.ends_with(UNWRITTEN)) {
            let writer = WRITERS.iter().find(|(_, start)| name.starts_with(start));
            let server = writer.with_context(|| format!("nobody knows what {name} is of"))?.0;
            found.push((server, format!("{path}?get={name}&agg=sum")));
        }
    }
    Ok(found)
}

fn checkpoint(answer: &Value) -> Result<(u64, Checkpoint)> {
    let triggered = answer["trigger_timestamp"].as_i64().context("no trigger_timestamp")?;
    let checkpoint = Checkpoint {
        triggered,
        took: answer["end_to_end_duration"].as_i64().unwrap_or_default(),
        status: answer["status"].as_str().context("no status")?.to_owned(),
    };
    Ok((answer["id"].as_u64().context("no id")?, checkpoint))
}

impl Seen {
    /// The state that Flink named last.
    pub(super) fn state(&self) -> Option<&str> {
        self.answered().and_then(|sample| sample.state.as_deref())
    }

    /// When Flink answered last.
    pub(super) fn heard(&self) -> Option<Millis> {
        self.answered().map(|sample| sample.at)
    }

    fn answered(&self) -> Option<&Sample> {
        self.samples.iter().rev().find(|sample| sample.state.is_some())
    }

    /// When the first checkpoint was complete that began after `end`: for it every task must run.
    pub(super) fn recovered(&self, end: Millis) -> Option<Millis> {
        let later = self.checkpoints.values().filter(|it| it.triggered >= end);
        later.filter(|it| it.status == "COMPLETED").map(|it| it.triggered + it.took).min()
    }

    /// In words, if the job stopped or a checkpoint failed between two moments.
    pub(super) fn interruption(&self, from: Millis, until: Millis) -> Option<String> {
        let mut samples = self.samples.iter().filter(|it| (from..=until).contains(&it.at));
        if let Some(stopped) = samples.find(|it| it.state.is_some() && !it.runs) {
            let state = stopped.state.as_deref().unwrap_or_default();
            return Some(format!("not every task ran, the job was {state}"));
        }
        let overlaps = |it: &Checkpoint| it.triggered <= until && it.triggered + it.took >= from;
        let mut checkpoints = self.checkpoints.iter().filter(|(_, it)| overlaps(it));
        let (id, _) = checkpoints.find(|(_, it)| it.status == "FAILED")?;
        Some(format!("checkpoint {id} failed"))
    }

    /// In words, if a checkpoint was held up by what happened between two moments.
    pub(super) fn slow_checkpoint(&self, from: Millis, until: Millis) -> Option<String> {
        // it must have stood still with the fault, and ended with it
        let held = |it: &Checkpoint| {
            let end = it.triggered + it.took;
            let overlap = end.min(until) - it.triggered.max(from);
            overlap >= SLOW && (end >= until || it.status == "FAILED")
        };
        let (id, slow) = self.checkpoints.iter().find(|(_, it)| held(it))?;
        Some(format!("checkpoint {id} took {:.1} s", seconds(slow.took)))
    }

    /// In words, if records were read before but none for at least half of the time between two moments.
    pub(super) fn standstill(&self, from: Millis, until: Millis) -> Option<String> {
        let known = self.samples.iter().filter_map(|it| Some((it.at, it.records?)));
        let known: Vec<(Millis, f64)> = known.collect();
        let before = known.iter().filter(|(at, _)| (from - BEFORE..from).contains(at));
        let before: Vec<f64> = before.map(|(_, records)| *records).collect();
        if before.first() == before.last() {
            return None; // nothing was read anyway
        }
        let mut longest = 0;
        let mut since = None;
        for (at, records) in known.iter().filter(|(at, _)| (from..=until).contains(at)) {
            match since {
                Some((begin, same)) if same == records => longest = longest.max(at - begin),
                _ => since = Some((*at, records)),
            }
        }
        (longest >= STILL.max((until - from) / 2))
            .then(|| format!("no record was read for {:.1} s", seconds(longest)))
    }

    /// In words, if more and more waited for being written to a server.
    pub(super) fn backlog(&self, server: Server, from: Millis, until: Millis) -> Option<String> {
        let bytes = |from: Millis, until: Millis| {
            let samples = self.samples.iter().filter(move |it| (from..until).contains(&it.at));
            samples.filter_map(move |it| it.unwritten.get(&server).copied())
        };
        let before = bytes(from - 2 * BEFORE, from).fold(0.0, f64::max);
        let mut late = bytes(from + (until - from) / 2, until).peekable();
        late.peek()?;
        let least = late.fold(f64::INFINITY, f64::min);
        (least > before).then(|| format!("{least:.0} bytes were not written all the time"))
    }

    /// In words, if the JobManager itself did not answer, or only late.
    pub(super) fn silence(&self, from: Millis, until: Millis) -> Option<String> {
        let overlaps = |it: &&Sample| it.at <= until && it.at + it.took >= from;
        let late = |it: &&Sample| it.state.is_none() || it.took >= SLOW;
        let silent: Vec<&Sample> = self.samples.iter().filter(overlaps).filter(late).collect();
        let (first, last) = (silent.first()?, silent.last()?);
        let lasted = seconds(last.at + last.took - first.at);
        Some(format!("the JobManager did not answer within {lasted:.1} s"))
    }
}

/// A checkpoint takes some tenths of a second, an answer some hundredths.
const SLOW: Millis = 800;
/// Figures are brought up to date once a second.
const STILL: Millis = 3_000;
const BEFORE: Millis = 5_000;

/// For a sentence.
pub(super) fn seconds(millis: Millis) -> f64 {
    millis as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running(at: Millis, records: f64) -> Sample {
        let state = Some("RUNNING".to_owned());
        let unwritten = BTreeMap::from([(Server::Postgres, (10_000 - (at - 15_000).abs()) as f64)]);
        Sample { at, took: 20, state, runs: true, records: Some(records), unwritten }
    }

    fn completed(triggered: Millis, took: Millis) -> Checkpoint {
        Checkpoint { triggered, took, status: "COMPLETED".to_owned() }
    }

    /// Two samples a second, 100 records between two of them, but for those from 10 s to 20 s.
    fn seen() -> Seen {
        let count = |at: i64| if at < 10_000 { at } else { 10_000.max(at - 10_000) };
        let samples = (0..60).map(|i| running(i * 500, count(i * 500) as f64 / 5.0)).collect();
        let checkpoints = [(1, completed(9_000, 100)), (2, completed(19_000, 6_000))];
        Seen { samples, checkpoints: BTreeMap::from(checkpoints) }
    }

    #[test]
    fn a_quiet_time_shows_nothing() {
        let seen = seen();
        assert_eq!(seen.interruption(2_000, 5_000), None);
        assert_eq!(seen.slow_checkpoint(2_000, 10_000), None);
        assert_eq!(seen.standstill(6_000, 9_000), None);
        assert_eq!(seen.silence(0, 30_000), None);
    }

    #[test]
    fn a_count_that_stands_still_is_seen_if_it_moved_before() {
        let seen = seen();
        assert!(seen.standstill(10_000, 20_000).is_some());
        assert_eq!(seen.standstill(16_000, 20_000), None);
    }

    #[test]
    fn a_backlog_is_more_than_there_was_before() {
        let seen = seen();
        assert!(seen.backlog(Server::Postgres, 10_000, 15_000).is_some());
        assert_eq!(seen.backlog(Server::Postgres, 15_000, 25_000), None);
        assert_eq!(seen.backlog(Server::Elasticsearch, 10_000, 15_000), None);
    }

    #[test]
    fn a_checkpoint_is_held_up_only_by_what_it_ends_with() {
        let seen = seen();
        assert!(seen.slow_checkpoint(18_000, 24_900).is_some());
        assert_eq!(seen.slow_checkpoint(10_000, 19_500), None);
        assert_eq!(
            seen.slow_checkpoint(10_000, 22_000).as_deref(),
            Some("checkpoint 2 took 6.0 s")
        );
    }

    #[test]
    fn a_recovery_is_a_whole_checkpoint_after_the_end() {
        let seen = seen();
        assert_eq!(seen.recovered(9_000), Some(9_100));
        assert_eq!(seen.recovered(9_001), Some(25_000));
        assert_eq!(seen.recovered(19_001), None);
    }

    #[test]
    fn a_restart_a_failed_checkpoint_and_a_silent_job_manager_are_seen() {
        let mut seen = seen();
        seen.checkpoints
            .insert(3, Checkpoint { status: "FAILED".to_owned(), ..completed(2_000, 9) });
        assert_eq!(seen.interruption(1_000, 3_000).as_deref(), Some("checkpoint 3 failed"));
        seen.samples[8].state = Some("RESTARTING".to_owned());
        seen.samples[8].runs = false;
        assert_eq!(
            seen.interruption(3_500, 4_500).as_deref(),
            Some("not every task ran, the job was RESTARTING")
        );
        assert_eq!(seen.heard(), Some(29_500));
        seen.samples.iter_mut().skip(58).for_each(|sample| sample.state = None);
        assert_eq!(seen.heard(), Some(28_500));
        seen.samples[20].state = None;
        assert!(seen.silence(9_000, 11_000).is_some());
    }
}
