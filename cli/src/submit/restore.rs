//! From where a job goes on: the newest checkpoint or savepoint of a job that Flink remembers.

use std::str::FromStr;

use super::job_id;
use crate::exit::{Exit, Fault};
use crate::flink::{Checkpoint, Flink, Job, is_terminal};

/// Whose checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Restore {
    /// that of the last job that read the same topic
    Latest,
    /// that of the job of this id
    Of(String),
}

impl FromStr for Restore {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "latest" {
            return Ok(Self::Latest);
        }
        job_id(text).map(Self::Of).map_err(|error| format!("give `latest` or a job: {error}"))
    }
}

/// What it finds, and the job whose it is.
pub(super) fn find(
    restore: &Restore,
    flink: &Flink,
    topic: Option<&str>,
) -> anyhow::Result<(Job, Checkpoint)> {
    let jobs = flink.jobs()?;
    let job = match restore {
        Restore::Of(id) => jobs
            .into_iter()
            .find(|job| job.id == *id)
            .ok_or_else(|| format!("Flink at {} does not remember job {id}", flink.address())),
        Restore::Latest => {
            let topic = topic.ok_or_else(|| {
                let sentence = "--restore latest looks for the last job of the same topic, but the topic may be in the file \
                                of --config: give -- --topic TOPIC as well, or --restore JOB";
                Fault::new(Exit::Misused, sentence)
            })?;
            let begin = format!("{topic} to ");
            jobs.into_iter().rfind(|job| job.name.starts_with(&begin)).ok_or_else(|| {
                format!("Flink at {} remembers no job that read {topic}", flink.address())
            })
        }
    };
    let job = match job {
        Ok(job) => job,
        Err(why) => return Err(unknown(flink, &why)),
    };
    if !is_terminal(&job.state) {
        let sentence = format!(
            "job {0} ({1}) is {2}, and two jobs in one place would both go on: end it first with `crimes submit stop {0}` \
             or `crimes submit cancel {0}`",
            job.id, job.name, job.state
        );
        return Err(Fault::new(Exit::Failed, sentence).into());
    }
    match flink.newest_checkpoint(&job.id)? {
        Some(checkpoint) => Ok((job, checkpoint)),
        None => Err(unknown(
            flink,
            &format!("job {} ({}) is {} and has left no checkpoint", job.id, job.name, job.state),
        )),
    }
}

/// What to do without Flink's memory, which a JobManager that is started anew does not have.
fn unknown(flink: &Flink, why: &str) -> anyhow::Error {
    let folder = |name| flink.setting(name).ok().flatten().unwrap_or_else(|| name.to_owned());
    let sentence = format!(
        "{why}. Give the place yourself with --from-savepoint PATH: checkpoints are in {}/JOB/chk-NUMBER, savepoints in {}; \
         or begin without --restore",
        folder("state.checkpoints.dir"),
        folder("state.savepoints.dir")
    );
    Fault::new(Exit::Failed, sentence).into()
}

/// The topic that a job with these arguments reads; none where a file may say so.
pub(super) fn topic(
    arguments: &[String],
    environment: impl Fn(&str) -> Option<String>,
) -> Option<String> {
    let value = |flag: &str| {
        arguments.iter().enumerate().rev().find_map(|(index, it)| {
            let rest = it.strip_prefix(flag)?;
            match rest.strip_prefix('=') {
                Some(value) => Some(value.to_owned()),
                None if rest.is_empty() => arguments.get(index + 1).cloned(),
                None => None,
            }
        })
    };
    if let Some(topic) = value("--topic").or_else(|| environment("JOB_TOPIC")) {
        return Some(topic);
    }
    let file = value("--config").or_else(|| environment("JOB_CONFIG"));
    if file.is_some() { None } else { Some("crime".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_topic_is_the_jobs_own() {
        let of = |arguments: &[&str]| {
            let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
            topic(&arguments, |_| None)
        };
        assert_eq!(of(&["--bounded"]).as_deref(), Some("crime"));
        assert_eq!(of(&["--topic", "a", "--topic=b"]).as_deref(), Some("b"));
        assert_eq!(of(&["--config", "f", "--topic", "a"]).as_deref(), Some("a"));
        assert_eq!(of(&["--config", "f"]), None);
        assert_eq!(
            topic(&[], |name| (name == "JOB_TOPIC").then(|| "e".to_owned())).as_deref(),
            Some("e")
        );
    }
}
