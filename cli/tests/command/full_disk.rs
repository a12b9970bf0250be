//! Files that can't grow: writing fails as it does on a disk without room.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use crate::city::{City, Crime};
use crate::snapshot::{crimes, run};

/// The same command, with files of at most so many kilobytes.
fn limited(command: &Command, kilobytes: u32) -> Command {
    let mut limited = Command::new("bash");
    // the signal would end it before it could tell what is wrong
    limited.args(["-c", &format!("trap '' XFSZ; ulimit -f {kilobytes}; exec \"$@\""), "bash"]);
    limited.arg(command.get_program()).args(command.get_args());
    limited
}

#[test]
fn no_room_for_a_generated_file() {
    let folder = TempDir::new().unwrap();
    let mut command = crimes(&["generate", "--days", "30", "--output"]);
    command.arg(folder.path().join("crimes.csv"));
    let ran = run(&mut limited(&command, 100));
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.starts_with("error: cannot write") && ran.stderr.contains("crimes.csv"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "half a file was left behind");
}

#[test]
fn no_room_behind_standard_output() {
    let mut command = Command::new("bash");
    command.args(["-c", "exec \"$0\" generate --days 1 > /dev/full", env!("CARGO_BIN_EXE_crimes")]);
    let ran = run(&mut command);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.starts_with("error: cannot write to standard output: "), "{ran:?}");
}

#[test]
fn no_room_to_put_compressed_rows_in_order() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("crimes.csv.gz");
    let mut generate = crimes(&["generate", "--days", "3", "--order", "shuffled", "--output"]);
    assert_eq!(run(generate.arg(&file)).code, 0);
    let spool = folder.path().join("spool");
    fs::create_dir(&spool).unwrap();
    let mut command = crimes(&["produce", "--dry-run", "--json", "--spool"]);
    command.arg(&spool).arg(&file);
    let ran = run(&mut limited(&command, 100));
    assert_eq!(ran.code, 1, "{ran:?}");
    let said = format!("{}", spool.display());
    assert!(ran.stderr.contains("name a folder with more room"), "{ran:?}");
    assert!(ran.stderr.contains(&said), "{ran:?}");
    assert_eq!(fs::read_dir(&spool).unwrap().count(), 0, "a temporary file was left behind");
    assert_eq!(run(&mut command).code, 0, "with room it works");
}

#[test]
fn a_download_goes_on_when_there_is_room_again() {
    let crime = |id: u64| Crime::new(id, "2018-01-01T12:00:00", "2018-02-01T00:00:00");
    let city = City::with(&(1..=100).map(crime).collect::<Vec<_>>());
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("crimes.csv");
    let mut command = crimes(&["download", "--host", city.address(), "--page", "20"]);
    command.arg(&file);
    let ran = run(&mut limited(&command, 4));
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("crimes.csv.part can't be read or written"), "{ran:?}");
    assert!(!file.exists(), "half a file has the name of a whole one");
    let asked = city.requests().len();
    let ran = run(&mut command);
    assert_eq!(ran.code, 0, "{ran:?}");
    let rows = fs::read_to_string(&file).unwrap();
    let mut ids: Vec<u64> = rows
        .lines()
        .skip(1)
        .map(|row| row.split(',').next().unwrap().trim_matches('"').parse().unwrap())
        .collect();
    ids.dedup();
    assert_eq!(ids, (1..=100).collect::<Vec<_>>());
    let again = city.requests().len() - asked;
    assert!(again < 7, "{again} requests: it began anew");
}
