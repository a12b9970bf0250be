//! Checkpoints and savepoints of a job, as far as Flink tells of them.

use chrono::DateTime;
use serde_json::Value;

use super::Flink;

/// A place from which a job can go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    pub(crate) id: u64,
    pub(crate) path: String,
    is_savepoint: bool,
    /// ms since 1970; none where Flink does not say
    triggered: Option<i64>,
}

impl Checkpoint {
    /// `checkpoint 13 of 2026-01-31T12:00:00Z`
    pub(crate) fn told(&self) -> String {
        let kind = if self.is_savepoint { "savepoint" } else { "checkpoint" };
        let at = self.triggered.and_then(DateTime::from_timestamp_millis);
        let at = at.map(|at| format!(" of {}", at.format("%Y-%m-%dT%H:%M:%SZ")));
        format!("{kind} {}{}", self.id, at.unwrap_or_default())
    }
}

impl Flink {
    /// The newest completed checkpoint or savepoint of a job that is still there; also of a job that has ended.
    pub(crate) fn newest_checkpoint(&self, job: &str) -> anyhow::Result<Option<Checkpoint>> {
        Ok(newest(&self.get(&format!("jobs/{job}/checkpoints"))?))
    }

    /// A setting of the cluster.
    pub(crate) fn setting(&self, name: &str) -> anyhow::Result<Option<String>> {
        let answer = self.get("jobmanager/config")?;
        let settings = answer.as_array().map(Vec::as_slice).unwrap_or_default();
        let found = settings.iter().find(|it| it["key"] == name);
        Ok(found.and_then(|it| it["value"].as_str()).map(str::to_owned))
    }
}

fn newest(answer: &Value) -> Option<Checkpoint> {
    let latest = &answer["latest"];
    let history = answer["history"].as_array().map(Vec::as_slice).unwrap_or_default();
    // what it began with counts as long as it has nothing of its own
    let known = [&latest["completed"], &latest["savepoint"], &latest["restored"]];
    known.into_iter().chain(history).filter_map(checkpoint).max_by_key(|it| it.id)
}

fn checkpoint(said: &Value) -> Option<Checkpoint> {
    // where there is no folder for checkpoints, the path is a word in angle brackets
    let path = said["external_path"].as_str().filter(|path| path.contains(":/"))?;
    if said["discarded"] == true {
        return None;
    }
    Some(Checkpoint {
        id: said["id"].as_u64()?,
        path: path.to_owned(),
        is_savepoint: said["is_savepoint"] == true,
        triggered: said["trigger_timestamp"].as_i64(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_newest_is_what_is_still_there() {
        let one = |id: u64, path: &str, discarded: bool| {
            json!({"id": id, "status": "COMPLETED", "external_path": path, "discarded": discarded,
                   "is_savepoint": false, "trigger_timestamp": 1_514_808_000_000_i64})
        };
        let answer = json!({
            "latest": {"completed": one(7, "file:/c/chk-7", true), "savepoint": null,
                       "restored": {"id": 3, "external_path": "file:/c/chk-3"}},
            "history": [one(7, "file:/c/chk-7", true), one(6, "file:/c/chk-6", false), {"id": 8, "status": "FAILED"}],
        });
        let found = newest(&answer).unwrap();
        assert_eq!(found.path, "file:/c/chk-6");
        assert_eq!(found.told(), "checkpoint 6 of 2018-01-01T12:00:00Z");
        assert_eq!(
            newest(&json!({"latest": {"restored": {"id": 3, "external_path": "file:/c/chk-3"}}}))
                .unwrap()
                .id,
            3
        );
        assert_eq!(newest(&one(1, "<checkpoint-not-externally-addressable>", false)), None);
    }
}
