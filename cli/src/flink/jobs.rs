//! Jars and jobs of a cluster.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use reqwest::Method;
use reqwest::blocking::multipart;
use serde_json::{Value, json};

use super::{Flink, root_cause};
use crate::exit::{Exit, Fault};
use crate::interrupt;

/// Time between two looks at Flink.
const PAUSE: Duration = Duration::from_millis(200);

/// A job as the cluster lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) name: String,
    /// such as `RUNNING`
    pub(crate) state: String,
    /// ms since 1970
    pub(crate) started: i64,
    /// ms
    pub(crate) duration: u64,
}

/// Whether a job in this state will never run again.
pub(crate) fn is_terminal(state: &str) -> bool {
    matches!(state, "FINISHED" | "FAILED" | "CANCELED")
}

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Progress {
    /// such as `RUNNING`
    pub(crate) state: String,
    /// tasks that run or have finished
    pub(crate) tasks_up: u64,
    pub(crate) tasks: u64,
    /// records that the sources have read; none where Flink does not say (yet)
    pub(crate) records: Option<u64>,
    /// completed checkpoints
    pub(crate) checkpoints: u64,
}

impl Progress {
    /// Whether all of it works.
    pub(crate) fn is_up(&self) -> bool {
        self.state == "RUNNING" && self.tasks > 0 && self.tasks_up == self.tasks
    }
}

/// Where a savepoint goes and whether windows close before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Savepoint<'a> {
    /// a folder of the cluster's; its own default without one
    pub(crate) folder: Option<&'a str>,
    /// send the last watermark first: the job ends for good
    pub(crate) drain: bool,
}

/// What became of a request to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// the savepoint's path
    At(String),
    /// Flink's reason why there is no savepoint
    Refused(String),
}

impl Flink {
    /// The id of a jar that was uploaded under this name.
    pub(crate) fn find_jar(&self, name: &str) -> anyhow::Result<Option<String>> {
        let answer = self.get("jars").context("listing jars")?;
        let files = answer["files"].as_array().map(Vec::as_slice).unwrap_or_default();
        let same = files.iter().find(|file| file["name"] == name);
        Ok(same.and_then(|file| file["id"].as_str()).map(str::to_owned))
    }

    /// Uploads a jar under a name of our choice, and gives its id.
    pub(crate) fn upload(&self, jar: &Path, name: &str) -> anyhow::Result<String> {
        let part = multipart::Part::file(jar)
            .with_context(|| format!("cannot read {}", jar.display()))?
            .file_name(name.to_owned())
            .mime_str("application/x-java-archive")
            .context("cannot prepare the upload")?;
        let form = multipart::Form::new().part("jarfile", part);
        let answer = self
            .answer(self.request(Method::POST, "jars/upload")?.multipart(form))
            .with_context(|| format!("Flink does not take {}", jar.display()))?;
        let path =
            answer["filename"].as_str().context("Flink does not say where it put the jar")?;
        Ok(path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned())
    }

    /// Runs a jar's main method in the JobManager and gives the id of the job that it starts.
    pub(crate) fn run(
        &self,
        jar: &str,
        arguments: &[String],
        savepoint: Option<&str>,
        allow_non_restored_state: bool,
    ) -> anyhow::Result<String> {
        let mut body = json!({ "programArgsList": arguments });
        if let Some(path) = savepoint {
            body["savepointPath"] = path.into();
            body["allowNonRestoredState"] = allow_non_restored_state.into();
        }
        let request = self.request(Method::POST, &format!("jars/{jar}/run"))?.json(&body);
        let answer = self.answer(request)?;
        text(&answer, "jobid")
    }

    /// All jobs that the cluster knows, the latest last.
    pub(crate) fn jobs(&self) -> anyhow::Result<Vec<Job>> {
        let answer = self.get("jobs/overview").context("listing jobs")?;
        let list = answer["jobs"].as_array().context("Flink's list of jobs has no jobs")?;
        let mut jobs = list
            .iter()
            .map(|job| {
                Ok(Job {
                    id: text(job, "jid")?,
                    name: text(job, "name")?,
                    state: text(job, "state")?,
                    started: job["start-time"].as_i64().unwrap_or_default(),
                    duration: job["duration"].as_u64().unwrap_or_default(),
                })
            })
            .collect::<anyhow::Result<Vec<Job>>>()?;
        jobs.sort_by_key(|job| job.started);
        Ok(jobs)
    }

    /// How far a job is. Records are asked for only where somebody looks: it takes two more requests a source.
    pub(crate) fn progress(&self, job: &str, with_records: bool) -> anyhow::Result<Progress> {
        let answer = self.get(&format!("jobs/{job}"))?;
        let vertices = answer["vertices"].as_array().map(Vec::as_slice).unwrap_or_default();
        let count = |vertex: &Value, state: &str| vertex["tasks"][state].as_u64().unwrap_or(0);
        let up = |vertex| count(vertex, "RUNNING") + count(vertex, "FINISHED");
        let checkpoints = self.get(&format!("jobs/{job}/checkpoints"));
        Ok(Progress {
            state: text(&answer, "state")?,
            tasks_up: vertices.iter().map(up).sum(),
            tasks: vertices.iter().filter_map(|vertex| vertex["parallelism"].as_u64()).sum(),
            records: if with_records { self.records(job, vertices)? } else { None },
            // a job that has just begun or ended may have none to tell of
            checkpoints: checkpoints
                .ok()
                .and_then(|it| it["counts"]["completed"].as_u64())
                .unwrap_or_default(),
        })
    }

    /// Records that came out of Kafka: of the operators whose name says that they are sources.
    fn records(&self, job: &str, vertices: &[Value]) -> anyhow::Result<Option<u64>> {
        let mut sum = None;
        for vertex in vertices {
            let name = vertex["name"].as_str().unwrap_or_default();
            let Some(id) = vertex["id"].as_str().filter(|_| name.starts_with("Source")) else {
                continue;
            };
            let path = format!("jobs/{job}/vertices/{id}/subtasks/metrics");
            let known = self.get(&path)?;
            let names = known.as_array().map(Vec::as_slice).unwrap_or_default();
            let metric = names
                .iter()
                .filter_map(|metric| metric["id"].as_str())
                .find(|id| id.starts_with("Source") && id.ends_with(".numRecordsIn"));
            let Some(metric) = metric else { continue };
            let values = self.get(&format!("{path}?get={metric}&agg=sum"))?;
            let records = values[0]["sum"].as_f64().unwrap_or_default();
            sum = Some(sum.unwrap_or(0) + records as u64);
        }
        Ok(sum)
    }

    /// Why a job failed, if it did: the root cause in one line.
    pub(crate) fn failure(&self, job: &str) -> anyhow::Result<Option<String>> {
        let answer = self.get(&format!("jobs/{job}/exceptions"))?;
        Ok(answer["root-exception"].as_str().map(root_cause))
    }

    /// Asks for the end of a job without a savepoint.
    pub(crate) fn cancel(&self, job: &str) -> anyhow::Result<()> {
        let request = self.request(Method::PATCH, &format!("jobs/{job}?mode=cancel"))?;
        self.answer(request).with_context(|| format!("Flink does not cancel {job}"))?;
        Ok(())
    }

    /// Stops a job with a savepoint and waits for it.
    pub(crate) fn stop(&self, job: &str, savepoint: &Savepoint<'_>) -> anyhow::Result<Stopped> {
        let mut body = json!({ "drain": savepoint.drain });
        if let Some(folder) = savepoint.folder {
            body["targetDirectory"] = folder.into();
        }
        let request = self.request(Method::POST, &format!("jobs/{job}/stop"))?.json(&body);
        let refused = || format!("Flink does not stop {job} with a savepoint");
        let trigger = text(&self.answer(request).with_context(refused)?, "request-id")?;
        loop {
            let answer = self.get(&format!("jobs/{job}/savepoints/{trigger}"))?;
            if answer["status"]["id"] == "COMPLETED" {
                let failure = &answer["operation"]["failure-cause"];
                let trace = failure["stack-trace"].as_str().or(failure["class"].as_str());
                return Ok(match (answer["operation"]["location"].as_str(), trace) {
                    (Some(path), _) => Stopped::At(path.to_owned()),
                    (None, trace) => {
                        Stopped::Refused(trace.map_or_else(|| failure.to_string(), root_cause))
                    }
                });
            }
            pause(&format!("the savepoint of {job} goes on"))?;
        }
    }

    /// Waits until a job has ended; gives its last state.
    pub(crate) fn await_end(&self, job: &str, patience: Duration) -> anyhow::Result<String> {
        let start = Instant::now();
        loop {
            let state = self.progress(job, false)?.state;
            if is_terminal(&state) {
                return Ok(state);
            }
            if start.elapsed() > patience {
                let sentence = format!(
                    "job {job} is {state} and has not ended within {} s",
                    patience.as_secs()
                );
                return Err(Fault::new(Exit::JobFailed, sentence).into());
            }
            pause(&format!("job {job} is {state}"))?;
        }
    }
}

/// Waits a moment, unless the user wants no more; `what` goes on without us.
pub(crate) fn pause(what: &str) -> anyhow::Result<()> {
    if interrupt::requested() {
        return Err(Fault::new(Exit::Interrupted, format!("interrupted: {what}")).into());
    }
    std::thread::sleep(PAUSE);
    Ok(())
}

fn text(value: &Value, key: &str) -> anyhow::Result<String> {
    let text = value[key].as_str().map(str::to_owned);
    text.with_context(|| format!("Flink's answer has no {key}"))
}
