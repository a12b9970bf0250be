//! What Flink's processes write in their logs while a fault lasts.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::Result;

/// How much there was in each log at a moment.
#[derive(Debug, Clone)]
pub(super) struct Mark(BTreeMap<PathBuf, u64>);

impl Mark {
    /// The present ends of all logs of the processes whose names begin with one of `names`.
    pub(super) fn now(directory: &Path, names: &[&str]) -> Result<Self> {
        let mut ends = BTreeMap::new();
        for entry in fs::read_dir(directory.join("logs"))? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.ends_with(".log") && names.iter().any(|start| name.starts_with(start)) {
                let length = fs::metadata(&path)?.len();
                ends.insert(path, length);
            }
        }
        Ok(Self(ends))
    }

    /// The first entry that was written since and is `wanted`, with the name of its log.
    pub(super) fn find(&self, wanted: impl Fn(&str) -> bool) -> Result<Option<String>> {
        for (path, from) in &self.0 {
            let text = since(path, *from)?;
            if let Some(entry) = entries(&text).into_iter().find(|entry| wanted(entry)) {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                return Ok(Some(format!("{name}: {}", entry.lines().next().unwrap_or_default())));
            }
        }
        Ok(None)
    }
}

/// What was written to a log since it was so long; a full one was renamed to `.1` meanwhile.
fn since(path: &Path, from: u64) -> Result<String> {
    let mut bytes = Vec::new();
    let mut read = |path: &Path, from: u64| -> Result<()> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(from))?;
        file.read_to_end(&mut bytes)?;
        Ok(())
    };
    if fs::metadata(path)?.len() < from {
        let before = PathBuf::from(format!("{}.1", path.display()));
        if before.exists() {
            read(&before, from)?;
        }
        read(path, 0)?;
    } else {
        read(path, from)?;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A line that begins with a date, and those below it that do not.
fn entries(text: &str) -> Vec<&str> {
    let begins =
        |line: &str| line.len() > 10 && line.as_bytes()[..4].iter().all(u8::is_ascii_digit);
    let mut starts: Vec<usize> = Vec::new();
    let mut place = 0;
    for line in text.split_inclusive('\n') {
        if begins(line) {
            starts.push(place);
        }
        place += line.len();
    }
    starts.push(text.len());
    starts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_its_stack_trace() {
        let text = "  at the end of another\n2026-01-01 00:00:00,000 WARN  a\n  at b\nCaused by: c\n2026-01-01 00:00:01,000 INFO d\n";
        let entries = entries(text);
        assert_eq!(entries.len(), 2);
        assert!(entries[0].contains("Caused by: c") && entries[1].contains("INFO d"));
    }

    #[test]
    fn only_what_was_written_since_counts_even_in_a_new_file() {
        let directory = tempfile::tempdir().unwrap();
        let logs = directory.path().join("logs");
        fs::create_dir(&logs).unwrap();
        let log = logs.join("taskmanager-1.log");
        fs::write(&log, "2026-01-01 before\n").unwrap();
        let mark = Mark::now(directory.path(), &["taskmanager"]).unwrap();
        let has = |word: &str| mark.find(|entry| entry.contains(word)).unwrap().is_some();
        assert!(!has("before"));
        fs::write(&log, "2026-01-01 before\n2026-01-01 after\n").unwrap();
        assert!(has("after") && !has("before"));
        fs::rename(&log, logs.join("taskmanager-1.log.1")).unwrap();
        fs::write(&log, "2026-01-01 new\n").unwrap();
        assert!(has("after") && has("new") && !has("before"));
    }
}
