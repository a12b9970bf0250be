//! Runs the command and compares what it says with what it said.
//!
//! Snapshots lie in `cli/tests/snapshots`. Where a change is meant, `UPDATE_SNAPSHOTS=1 cargo test -p crimes` writes
//! them anew; the difference is then for the reviewer.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Settings of the environment that would change what the command does.
const SETTINGS: [&str; 18] = [
    "KAFKA_BOOTSTRAP",
    "FLINK_URL",
    "ES_URL",
    "CRIMES_JAR",
    "PGHOST",
    "PGPORT",
    "PGDATABASE",
    "PGUSER",
    "PGPASSWORD",
    "PGSSLMODE",
    "PGSSLROOTCERT",
    "ES_USER",
    "ES_PASSWORD",
    "ES_API_KEY",
    "ES_CA",
    "FLINK_CA",
    "SSL_CERT_FILE",
    "COLUMNS",
];

/// The command with these arguments, in an environment without settings of its own.
pub(crate) fn crimes(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crimes"));
    command.args(arguments).stdin(Stdio::null());
    for name in SETTINGS {
        command.env_remove(name);
    }
    command
}

/// Runs it to its end.
pub(crate) fn run(command: &mut Command) -> Ran {
    command.output().map(Ran::from).unwrap()
}

/// Runs it to its end with `input` on standard input.
pub(crate) fn run_with(command: &mut Command, input: &[u8]) -> Ran {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        // one that gives up early closes the pipe; what matters is how it ends
        scope.spawn(move || pipe.write_all(input).ok());
        Ran::from(child.wait_with_output().unwrap())
    })
}

/// What it said and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    /// the exit code
    pub(crate) code: i32,
    /// standard output
    pub(crate) stdout: String,
    /// standard error
    pub(crate) stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let ran = Self {
            code: output.status.code().expect("it ended by a signal"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!ran.stderr.contains("panicked"), "{ran:?}");
        ran
    }
}

impl Ran {
    /// All of it as one text, each of `changing` (a path, a figure) replaced by a word.
    pub(crate) fn told(&self, changing: &[(&str, &str)]) -> String {
        let mut text = format!(
            "exit code {}\n--- standard output\n{}--- standard error\n{}",
            self.code, self.stdout, self.stderr
        );
        for (part, word) in changing {
            text = text.replace(part, word);
        }
        text
    }
}

/// Compares a text with the snapshot of this name.
#[track_caller]
pub(crate) fn assert_snapshot(name: &str, text: &str) {
    let path = folder().join(format!("{name}.txt"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::create_dir_all(folder()).unwrap();
        fs::write(&path, text).unwrap();
        return;
    }
    let wanted = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; UPDATE_SNAPSHOTS=1 makes it", path.display()));
    let difference = wanted
        .lines()
        .zip(text.lines())
        .enumerate()
        .find(|(_, (wanted, found))| wanted != found)
        .map(|(line, (wanted, found))| format!("line {}:\n  - {wanted}\n  + {found}", line + 1));
    assert!(
        wanted == text,
        "{name} is not as it was (UPDATE_SNAPSHOTS=1 if that is meant); {}\nthe whole:\n{text}",
        difference.unwrap_or_else(|| "one is longer".to_owned())
    );
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots")
}
