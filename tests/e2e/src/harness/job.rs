//! One case: topics and an index of its own, empty tables, and the job between them.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::{Output, Run, Stack, finish};

const END: Duration = Duration::from_secs(180);

/// Topics and index of one case. The tables are emptied when it begins; so are the leftovers of the case before.
pub struct Case<'a> {
    /// the servers
    pub stack: &'a Stack,
    /// topic that the job reads
    pub topic: String,
    /// topic of the rejects
    pub rejected: String,
    /// topic of the late records
    pub late: String,
    /// index of the documents
    pub index: String,
}

impl<'a> Case<'a> {
    /// Begins a case: `name` is part of the names of its topics and its index.
    ///
    /// # Errors
    /// If a server refuses.
    pub fn new(stack: &'a Stack, name: &str, partitions: i32) -> Result<Self> {
        let cluster = stack.cluster()?;
        cluster.cancel_all()?;
        let case = Self {
            stack,
            topic: format!("crime-{name}"),
            rejected: format!("crime-{name}.rejected"),
            late: format!("crime-{name}.late"),
            index: format!("crime_locations_{}", name.replace('-', "_")),
        };
        stack.tables()?.clear()?;
        let topics = stack.topics()?;
        topics.create(&case.topic, partitions)?;
        topics.create(&case.rejected, 1)?;
        topics.create(&case.late, 1)?;
        Ok(case)
    }

    /// Sends a file with `crimes produce`, which must take every row.
    ///
    /// # Errors
    /// If it does not.
    pub fn produce(&self, file: &Path) -> Result<()> {
        let file = file.to_str().context("a path that is not text")?;
        self.stack
            .programs()
            .crimes(&["produce", file, "--topic", &self.topic])?
            .run()?
            .success()?;
        Ok(())
    }

    /// A job from this case's topics to this case's index and the tables.
    pub fn job(&self) -> Job<'_> {
        let job = Job { case: self, flags: Vec::new(), parallelism: 1 };
        job.with("--topic", &self.topic)
            .with("--rejected-topic", &self.rejected)
            .with("--late-topic", &self.late)
            .with("--index", &self.index)
            .with("--group-id", &self.topic)
            .with("--start", "earliest")
    }
}

/// The job with its flags.
pub struct Job<'a> {
    case: &'a Case<'a>,
    flags: Vec<String>,
    parallelism: usize,
}

impl Job<'_> {
    /// With one more flag.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.flags.extend([name.to_owned(), value.to_owned()]);
        self
    }

    /// With more flags as they are.
    #[must_use]
    pub fn with_all(mut self, flags: &[&str]) -> Self {
        self.flags.extend(flags.iter().map(|&flag| flag.to_owned()));
        self
    }

    /// On so many slots.
    #[must_use]
    pub fn parallelism(mut self, parallelism: usize) -> Self {
        self.parallelism = parallelism;
        self.with("--parallelism", &parallelism.to_string())
    }

    /// The flags so far.
    pub fn flags(&self) -> &[String] {
        &self.flags
    }

    /// Until the end of what is in the topic now. Such a job ends with a checkpoint, so it must not be waited for.
    fn bounded(self) -> Self {
        self.with("--checkpoint-interval", "1s").with_all(&["--bounded"])
    }

    /// Runs it over all that is in the topic now and waits until it is finished, by REST: without the seconds that
    /// `flink run` needs for itself.
    ///
    /// # Errors
    /// If it does not finish.
    pub fn run_over_rest(self, jar: &str) -> Result<()> {
        let cluster = self.case.stack.cluster()?;
        let id = self.bounded().submit_over_rest(jar)?;
        let state = cluster.await_end(&id, END)?;
        if state != "FINISHED" {
            bail!("the job is {state}: {}", cluster.exception(&id));
        }
        Ok(())
    }

    /// The same as the demo does it: `flink run` in a process of its own.
    ///
    /// # Errors
    /// If it does not finish.
    pub fn run_to_the_end(self) -> Result<()> {
        let this = self.bounded();
        let jobs = this.case.stack.cluster()?.jobs()?.len();
        let mut child = this.command(&["run"])?.start()?;
        let pid = child.id();
        let ended = super::wait_for("flink run ends", END, || Ok(child.try_wait()?));
        if ended.is_err() {
            child.kill()?;
        }
        let output = finish(child)?;
        let cluster = this.case.stack.cluster()?;
        let all = cluster.jobs()?;
        let last = all.last().map(|job| job.id.clone()).unwrap_or_default();
        ended.with_context(|| format!("process {pid}: {}", cluster.exception(&last)))?;
        output.success().with_context(|| cluster.exception(&last)).context("flink run")?;
        match &all[jobs.min(all.len())..] {
            [job] if job.state == "FINISHED" => Ok(()),
            others => bail!("expected one finished job, got {others:?}"),
        }
    }

    /// `flink run` with these flags, to the end of that command.
    ///
    /// # Errors
    /// If it can't be started.
    pub fn submit(self) -> Result<Output> {
        self.command(&["run"])?.run()
    }

    /// Starts it for ever with `flink run --detached` and waits until it runs. Gives the job's id.
    ///
    /// # Errors
    /// If it does not run.
    pub fn start(self) -> Result<String> {
        self.start_from(None)
    }

    /// The same, with the state of a savepoint.
    ///
    /// # Errors
    /// If it does not run.
    pub fn start_from(self, savepoint: Option<&str>) -> Result<String> {
        let mut arguments = vec!["run", "--detached"];
        if let Some(path) = savepoint {
            arguments.extend(["--fromSavepoint", path]);
        }
        let output = self.command(&arguments)?.run()?.success().context("flink run --detached")?;
        let marker = "JobID ";
        let id = output.stdout.split(marker).nth(1).and_then(|rest| rest.split_whitespace().next());
        let id = id.with_context(|| format!("no job id in {}", output.stdout))?.to_owned();
        self.case.stack.cluster()?.await_running(&id, Duration::from_secs(60))?;
        Ok(id)
    }

    /// Starts it for ever over Flink's REST interface from an uploaded jar, and waits until it runs. Gives the job's id.
    ///
    /// # Errors
    /// If it does not run.
    pub fn start_over_rest(self, jar: &str) -> Result<String> {
        let cluster = self.case.stack.cluster()?;
        let id = self.submit_over_rest(jar)?;
        cluster.await_running(&id, Duration::from_secs(60))?;
        Ok(id)
    }

    fn submit_over_rest(self, jar: &str) -> Result<String> {
        let stack = self.case.stack;
        // over REST the job's main method runs in the JobManager, whose environment knows no server
        let password = stack.directory().join("password-of-the-job");
        std::fs::write(&password, stack.setting("PGPASSWORD")?)?;
        let database = format!(
            "jdbc:postgresql://{}:{}/{}",
            stack.setting("PGHOST")?,
            stack.setting("PGPORT")?,
            stack.setting("PGDATABASE")?
        );
        let job = self
            .with("--kafka-bootstrap", stack.setting("KAFKA_BOOTSTRAP")?)
            .with("--elasticsearch-url", stack.setting("ES_URL")?)
            .with("--postgres-url", &database)
            .with("--postgres-user", stack.setting("PGUSER")?)
            .with(
                "--postgres-password-file",
                password.to_str().context("a path that is not text")?,
            );
        stack.cluster()?.start(jar, &job.flags, None)
    }

    fn command(&self, verb: &[&str]) -> Result<std::process::Command> {
        let programs = self.case.stack.programs();
        let jar = programs.jar()?;
        let cluster = self.case.stack.cluster()?;
        let parallelism = self.parallelism.to_string();
        let mut arguments = verb.to_vec();
        arguments.extend(["--jobmanager", cluster.address(), "--parallelism", &parallelism]);
        arguments.push(jar.to_str().context("a path that is not text")?);
        arguments.extend(self.flags.iter().map(String::as_str));
        programs.flink(&arguments)
    }
}
