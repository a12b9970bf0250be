//! Flink's REST interface.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::blocking::{Client, RequestBuilder};
use serde_json::{Value, json};

use super::wait_for;

/// A client for REST interfaces on this machine.
pub(super) fn http() -> Result<Client> {
    http_with(Duration::from_secs(60))
}

fn http_with(patience: Duration) -> Result<Client> {
    Ok(Client::builder().no_proxy().timeout(patience).build()?)
}

/// Where a job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobState {
    /// Flink's job id
    pub id: String,
    /// such as `RUNNING`
    pub state: String,
}

impl JobState {
    /// Whether it will never run again.
    pub fn is_terminal(&self) -> bool {
        is_terminal(&self.state)
    }
}

fn is_terminal(state: &str) -> bool {
    matches!(state, "FINISHED" | "FAILED" | "CANCELED")
}

/// A Flink cluster.
#[derive(Debug)]
pub struct Cluster {
    url: String,
    http: Client,
}

impl Cluster {
    pub(super) fn new(url: &str) -> Result<Self> {
        Ok(Self { url: url.trim_end_matches('/').to_owned(), http: http()? })
    }

    /// The same cluster, which is given up on when it does not answer for so long.
    ///
    /// # Errors
    /// If no client can be made.
    pub fn with_patience(&self, patience: Duration) -> Result<Self> {
        Ok(Self { url: self.url.clone(), http: http_with(patience)? })
    }

    /// `host:port`, as `flink -m` takes it.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// All jobs that the cluster knows, the latest last.
    ///
    /// # Errors
    /// If Flink does not answer.
    pub fn jobs(&self) -> Result<Vec<JobState>> {
        let answer = self.get("/jobs/overview")?;
        let mut jobs = answer["jobs"].as_array().context("no jobs in the answer")?.clone();
        jobs.sort_by_key(|job| job["start-time"].as_i64());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(jobs
            .iter()
            .map(|job| JobState { id: text(&job["jid"]), state: text(&job["state"]) })
            .collect())
    }

    /// State of one job.
    ///
    /// # Errors
    /// If Flink does not know it.
    pub fn state(&self, job: &str) -> Result<String> {
        Ok(self.get(&format!("/jobs/{job}"))?["state"].as_str().unwrap_or_default().to_owned())
    }

    /// Waits until a job's every task runs.
    ///
    /// # Errors
    /// If the job ends or the deadline passes; with the job's own exception.
    pub fn await_running(&self, job: &str, deadline: Duration) -> Result<()> {
        let waited = wait_for(&format!("job {job} runs"), deadline, || {
            let answer = self.get(&format!("/jobs/{job}"))?;
            let state = answer["state"].as_str().unwrap_or_default();
            if is_terminal(state) {
                bail!("job {job} is {state}");
            }
            let vertices = answer["vertices"].as_array().context("no vertices")?;
            let all = vertices
                .iter()
                .all(|vertex| matches!(vertex["status"].as_str(), Some("RUNNING" | "FINISHED")));
            Ok((state == "RUNNING" && all).then_some(()))
        });
        waited.with_context(|| self.exception(job))
    }

    /// Waits until a job has ended, and says how.
    ///
    /// # Errors
    /// If the deadline passes.
    pub fn await_end(&self, job: &str, deadline: Duration) -> Result<String> {
        wait_for(&format!("job {job} ends"), deadline, || {
            let state = self.state(job)?;
            Ok(is_terminal(&state).then_some(state))
        })
        .with_context(|| self.exception(job))
    }

    /// Cancels every job that still runs, and waits for their ends.
    ///
    /// # Errors
    /// If one does not end.
    pub fn cancel_all(&self) -> Result<()> {
        for job in self.jobs()? {
            if !job.is_terminal() {
                self.cancel(&job.id)?;
            }
        }
        Ok(())
    }

    /// Cancels a job and waits for its end.
    ///
    /// # Errors
    /// If it does not end.
    pub fn cancel(&self, job: &str) -> Result<()> {
        self.call(self.http.patch(format!("{}/jobs/{job}?mode=cancel", self.url)))?;
        self.await_end(job, Duration::from_secs(60))?;
        Ok(())
    }

    /// Stops a job with a savepoint and waits for its end. With `drain`, every window that is open ends first, as if
    /// there were no more records. Gives the savepoint's path.
    ///
    /// # Errors
    /// If the savepoint fails.
    pub fn stop(&self, job: &str, drain: bool, deadline: Duration) -> Result<String> {
        let asked = self.call(
            self.http.post(format!("{}/jobs/{job}/stop", self.url)).json(&json!({"drain": drain})),
        )?;
        let request = asked["request-id"].as_str().context("no request-id")?.to_owned();
        let path = wait_for(&format!("job {job} stops with a savepoint"), deadline, || {
            let answer = self.get(&format!("/jobs/{job}/savepoints/{request}"))?;
            if answer["status"]["id"] != "COMPLETED" {
                return Ok(None);
            }
            let operation = &answer["operation"];
            let path = operation["location"].as_str();
            Ok(Some(path.map(str::to_owned).with_context(|| format!("no savepoint: {operation}"))?))
        })
        .with_context(|| self.exception(job))?;
        let state = self.await_end(job, deadline)?;
        if state != "FINISHED" {
            bail!("job {job} is {state} after its stop");
        }
        Ok(path)
    }

    /// The sum of a metric over all subtasks of the operators that have it, such as `ingest.records`; none where no
    /// operator has reported it yet.
    ///
    /// # Errors
    /// If Flink does not know the job.
    pub fn metric(&self, job: &str, name: &str) -> Result<Option<f64>> {
        let vertices = self.get(&format!("/jobs/{job}"))?["vertices"]
            .as_array()
            .context("no vertices")?
            .clone();
        let mut sum = None;
        for vertex in vertices {
            let vertex = vertex["id"].as_str().context("no id")?;
            let path = format!("/jobs/{job}/vertices/{vertex}/subtasks/metrics?get={name}&agg=sum");
            let answer = self.get(&path)?;
            if let Some(value) = answer[0]["sum"].as_f64() {
                *sum.get_or_insert(0.0) += value;
            }
        }
        Ok(sum)
    }

    /// Number of completed checkpoints of a job.
    ///
    /// # Errors
    /// If Flink does not know it.
    pub fn checkpoints(&self, job: &str) -> Result<u64> {
        self.get(&format!("/jobs/{job}/checkpoints"))?["counts"]["completed"]
            .as_u64()
            .context("no count")
    }

    /// How often a job was restarted after a failure.
    ///
    /// # Errors
    /// If Flink does not know it.
    pub fn restarts(&self, job: &str) -> Result<u64> {
        let answer = self.get(&format!("/jobs/{job}/metrics?get=numRestarts"))?;
        answer[0]["value"].as_str().context("no numRestarts")?.parse().context("numRestarts")
    }

    /// Slots that are free.
    ///
    /// # Errors
    /// If Flink does not answer.
    pub fn free_slots(&self) -> Result<u64> {
        self.get("/overview")?["slots-available"].as_u64().context("no slots in the overview")
    }

    /// TaskManagers that are registered.
    ///
    /// # Errors
    /// If Flink does not answer.
    pub fn task_managers(&self) -> Result<Vec<String>> {
        let answer = self.get("/taskmanagers")?;
        let list = answer["taskmanagers"].as_array().context("no taskmanagers")?;
        Ok(list.iter().filter_map(|one| Some(one["id"].as_str()?.to_owned())).collect())
    }

    /// Uploads a jar and gives its id.
    ///
    /// # Errors
    /// If Flink refuses it.
    pub fn upload(&self, jar: &std::path::Path) -> Result<String> {
        let form = reqwest::blocking::multipart::Form::new().file("jarfile", jar)?;
        let answer =
            self.call(self.http.post(format!("{}/jars/upload", self.url)).multipart(form))?;
        let name = answer["filename"].as_str().context("no filename")?;
        Ok(name.rsplit('/').next().unwrap_or(name).to_owned())
    }

    /// Starts a job from an uploaded jar and gives the job's id.
    ///
    /// # Errors
    /// If Flink refuses it.
    pub fn start(
        &self,
        jar: &str,
        arguments: &[String],
        savepoint: Option<&str>,
    ) -> Result<String> {
        let mut body = json!({"programArgsList": arguments});
        if let Some(path) = savepoint {
            body["savepointPath"] = json!(path);
        }
        let answer =
            self.call(self.http.post(format!("{}/jars/{jar}/run", self.url)).json(&body))?;
        Ok(answer["jobid"].as_str().context("no jobid")?.to_owned())
    }

    /// All that Flink says about why a job failed; for the context of an error.
    pub fn exception(&self, job: &str) -> String {
        let answer = self.get(&format!("/jobs/{job}/exceptions"));
        let root =
            answer.ok().and_then(|answer| Some(answer["root-exception"].as_str()?.to_owned()));
        format!("job {job}: {}", root.unwrap_or_else(|| "no exception known".to_owned()))
    }

    /// All that Flink shows of a job and of the cluster, logs too.
    ///
    /// # Errors
    /// If it does not answer.
    pub fn all_pages(&self, job: &str) -> Result<String> {
        let mut paths: Vec<String> =
            ["", "/plan", "/config", "/exceptions", "/checkpoints", "/checkpoints/config"]
                .map(|page| format!("/jobs/{job}{page}"))
                .into();
        paths.extend(["/jobmanager/config", "/jobmanager/log"].map(str::to_owned));
        let vertices = self.get(&format!("/jobs/{job}"))?;
        let vertices = vertices["vertices"].as_array().context("no vertices")?;
        for vertex in vertices {
            let id = vertex["id"].as_str().context("no id")?;
            paths.push(format!("/jobs/{job}/vertices/{id}"));
        }
        for one in self.task_managers()? {
            paths.push(format!("/taskmanagers/{one}/log"));
        }
        paths.iter().map(|path| self.page(path)).collect()
    }

    /// Asks the REST interface.
    ///
    /// # Errors
    /// If it does not answer with success.
    pub fn get(&self, path: &str) -> Result<Value> {
        self.call(self.http.get(format!("{}{path}", self.url)))
    }

    fn page(&self, path: &str) -> Result<String> {
        Self::text(self.http.get(format!("{}{path}", self.url))).with_context(|| path.to_owned())
    }

    fn call(&self, request: RequestBuilder) -> Result<Value> {
        let text = Self::text(request)?;
        if text.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_str(&text)?) }
    }

    fn text(request: RequestBuilder) -> Result<String> {
        let response = request.send().context("asking Flink")?;
        let status = response.status();
        let text = response.text()?;
        if !status.is_success() {
            bail!("Flink answered {status}: {}", errors(&text));
        }
        Ok(text)
    }
}

/// What an answer says is wrong, as a person reads it: without the escapes of JSON.
fn errors(answer: &str) -> String {
    let parsed: Value = serde_json::from_str(answer).unwrap_or_default();
    match parsed["errors"].as_array() {
        Some(all) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
        None => answer.to_owned(),
    }
}
