//! `crimes produce` without a broker: what it reads, in which order, and what it says of bad input.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::snapshot::{Ran, assert_snapshot, crimes, run, run_with};

const HEADER: &str = "ID,Case Number,Date,Block,IUCR,Primary Type,Description,Location Description,Arrest,Domestic,Beat,\
                      District,Ward,Community Area,FBI Code,X Coordinate,Y Coordinate,Year,Updated On,Latitude,Longitude,Location";

fn row(id: u32) -> String {
    let minute = 59 - id;
    format!(
        "{id},JB{id},01/01/2018 12:{minute}:00 PM,B,0820,THEFT,OVER,STREET,false,false,0711,007,,,06,,,2018,,41.8,-87.6,"
    )
}

fn csv(rows: &[String]) -> Vec<u8> {
    format!("{HEADER}\n{}\n", rows.join("\n")).into_bytes()
}

/// A folder with one file.
struct Place {
    folder: TempDir,
    path: PathBuf,
}

impl Place {
    fn with(name: &str, content: &[u8]) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        Self { folder, path }
    }

    fn dry_run(&self) -> Command {
        let mut command = crimes(&["produce", "--dry-run"]);
        command.arg(&self.path);
        command
    }

    fn told(&self, ran: &Ran) -> String {
        ran.told(&[(&self.folder.path().display().to_string(), "FOLDER")])
    }
}

fn ids(ran: &Ran) -> String {
    let id = |line: &str| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        value["ID"].as_str().unwrap().to_owned()
    };
    ran.stdout.lines().map(id).collect::<Vec<_>>().join(" ")
}

#[test]
fn help() {
    let ran = run(&mut crimes(&["produce", "--help"]));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_snapshot("help-produce", &ran.stdout);
}

#[test]
fn the_first_records_are_shown_in_their_order() {
    let place = Place::with("crimes.csv", &csv(&[row(1), row(2), row(3), row(4)]));
    let ran = run(&mut place.dry_run());
    assert_snapshot("produce-dry-run", &place.told(&ran));
    assert_eq!(ids(&ran), "4 3 2");
    assert_eq!(ids(&run(place.dry_run().args(["--order", "input"]))), "1 2 3");
    assert_eq!(ids(&run(place.dry_run().args(["--limit", "1"]))), "4");
    let stretch = ["--from", "2018-01-01T12:56:00", "--until", "2018-01-01T12:58:00"];
    assert_eq!(ids(&run(place.dry_run().args(stretch))), "3 2");
    assert_eq!(ids(&run(place.dry_run().args(["--from", "2018-01-02"]))), "");
}

#[test]
fn standard_input_several_files_and_patterns() {
    let all = csv(&[row(1), row(2)]);
    let ran = run_with(&mut crimes(&["produce", "--dry-run", "-"]), &all);
    assert_eq!((ran.code, ids(&ran).as_str()), (0, "2 1"), "{ran:?}");
    let place = Place::with("a.csv", &all);
    fs::write(place.folder.path().join("b.csv"), csv(&[row(3)])).unwrap();
    let pattern = place.folder.path().join("*.csv");
    let ran = run(crimes(&["produce", "--dry-run"]).arg(&pattern));
    assert_eq!((ran.code, ids(&ran).as_str()), (0, "3 2 1"), "{ran:?}");
    let nothing = run(crimes(&["produce", "--dry-run"]).arg(place.folder.path().join("*.txt")));
    assert_snapshot("produce-no-match", &place.told(&nothing));
}

/// A pipe that stays open: records are there as they come, and Ctrl-C is heard while nothing comes.
#[test]
fn a_slow_pipe_is_not_waited_for() {
    let mut command = crimes(&["produce", "--dry-run", "--order", "input", "--json", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(&csv(&[row(1)])).unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut tell = || told.next().unwrap().unwrap();
    assert_eq!(tell(), "standard input: CSV in the portal form");
    assert_eq!(tell(), "records in the order in which they stand");
    let signalled = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(signalled.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    // it may have been heard before or behind the record
    assert!(
        summary["ended"] == "interrupted" && summary["records"].as_u64() <= Some(1),
        "{summary}"
    );
    drop(pipe);
}

#[test]
fn lines_of_json_are_read_too() {
    let lines = b"{\"id\":\"1\",\"date\":\"2018-01-01T12:00:00.000\"}\n{\"ID\":2,\"Date\":\"01/01/2018 11:00:00 AM\"}\n[]\n";
    let place = Place::with("crimes.json", lines);
    let ran = run(&mut place.dry_run());
    assert_eq!((ran.code, ids(&ran).as_str()), (0, "2 1"), "{ran:?}");
    assert!(ran.stderr.contains("crimes.json:3: not one JSON object"), "{ran:?}");
}

#[test]
fn the_summary_for_scripts() {
    let mut rows = vec![row(1), "2,JB2".to_owned()];
    rows.push(row(3).replace(",007,", ",,"));
    let place = Place::with("crimes.csv", &csv(&rows));
    let ran = run(place.dry_run().args(["--json", "-q"]));
    let summary: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    for (key, value) in [
        ("ended", "\"complete\""),
        ("records", "2"),
        ("without_district", "1"),
        ("broken", "{\"field-count\":1}"),
        ("first_event_time", "\"2018-01-01T12:56:00\""),
    ] {
        assert_eq!(summary[key].to_string(), value, "{key} in {summary}");
    }
    assert_eq!(summary["first_records"].as_array().unwrap().len(), 2);
}

/// What is no file of crimes: each is an error that says what it is instead.
#[test]
fn files_of_another_kind() {
    let without_date = format!("{}\n", HEADER.replace("Date,", ""));
    let mixed = format!("{}\n", HEADER.replace("Primary Type", "primary_type"));
    let unclosed = format!("\"{HEADER}\n{}\n", row(1));
    let cases: [(&str, &[u8]); 10] = [
        ("empty.csv", b""),
        ("blank.csv", b"\n \n"),
        ("archive.csv", b"PK\x03\x04\x14\0\0\0\x08\0and so on"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        ("page.csv", b"<!DOCTYPE html><html>"),
        ("array.json", b"[{\"id\":1}]"),
        ("letter.csv", b"Dear reader,\nthis is no table\n"),
        ("no-date.csv", without_date.as_bytes()),
        ("mixed.csv", mixed.as_bytes()),
        ("unclosed.csv", unclosed.as_bytes()),
    ];
    for (name, content) in cases {
        let place = Place::with(name, content);
        let ran = run(&mut place.dry_run());
        assert_eq!(ran.code, 1, "{name}: {ran:?}");
        let short = name.split('.').next().unwrap();
        assert_snapshot(&format!("produce-file-{short}"), &place.told(&ran));
    }
    let place = Place::with("crimes.csv", b"");
    let missing =
        run(crimes(&["produce", "--dry-run"]).arg(place.folder.path().join("missing.csv")));
    assert_snapshot("produce-file-missing", &place.told(&missing));
    let folder = run(crimes(&["produce", "--dry-run"]).arg(place.folder.path()));
    assert_snapshot("produce-file-folder", &place.told(&folder));
}

#[test]
fn a_header_alone_is_a_file_of_no_records() {
    let place = Place::with("header.csv", format!("{HEADER}\n").as_bytes());
    assert_snapshot("produce-file-header", &place.told(&run(&mut place.dry_run())));
}

#[test]
fn a_compressed_file_that_breaks_off() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let rows: Vec<String> = (0..50).map(row).collect();
    encoder.write_all(&csv(&rows)).unwrap();
    let whole = encoder.finish().unwrap();
    let place = Place::with("crimes.csv.gz", &whole[..whole.len() / 2]);
    let ran = run(&mut place.dry_run());
    assert!(ran.code == 1 && ran.stderr.contains("crimes.csv.gz can't be read on"), "{ran:?}");
    assert_eq!(ids(&run(&mut Place::with("crimes.csv", &whole).dry_run())), "49 48 47");
}

#[test]
fn broken_rows_are_told_with_their_place_and_counted() {
    let mut rows = vec![
        row(1),
        "2,JB2".to_owned(),
        row(3),
        row(4).replace("01/01/2018 12", "yesterday"),
        row(5).replace("STREET", "\"STREET"),
        row(6),
        row(7).replace("STREET", &"S".repeat(300_000)),
    ];
    let place = Place::with("crimes.csv", &csv(&rows));
    let ran = run(&mut place.dry_run());
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_snapshot("produce-broken-rows", &place.told(&ran));
    let strict = run(place.dry_run().arg("--strict"));
    assert_eq!(strict.code, 3, "{strict:?}");

    rows.extend((0..40).map(|_| "x".to_owned()));
    let place = Place::with("crimes.csv", &csv(&rows));
    let told = |ran: &Ran| ran.stderr.matches("crimes.csv:").count() - 1;
    assert_eq!(told(&run(&mut place.dry_run())), 20);
    assert_eq!(told(&run(place.dry_run().arg("-v"))), 44);
}

/// One wrong year would make everything behind it late for the job, which has no clock that it could trust.
#[test]
fn a_date_in_the_future_is_a_broken_row() {
    let wrong = row(2).replace("/2018 ", "/2102 ");
    let place = Place::with("crimes.csv", &csv(&[row(1), wrong.clone(), row(3)]));
    let ran = run(&mut place.dry_run());
    assert_eq!((ran.code, ids(&ran).as_str()), (0, "3 1"), "{ran:?}");
    let date = wrong.split(',').nth(2).unwrap();
    let told = format!("crimes.csv:3: the Date {date:?} is in the future");
    assert!(ran.stderr.contains(&told) && ran.stderr.contains("--allow-future"), "{ran:?}");
    assert!(ran.stderr.contains("1 row not sent: in the future"), "{ran:?}");
    let ran = run(place.dry_run().args(["--json", "-q"]));
    let summary: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(summary["broken"].to_string(), "{\"future\":1}");
    assert_eq!(run(place.dry_run().arg("--strict")).code, 3);
    let ran = run(place.dry_run().arg("--allow-future"));
    assert_eq!((ran.code, ids(&ran).as_str()), (0, "3 1 2"), "{ran:?}");
}

/// Clocks differ a little, and so do zones: what is ahead by hours may be true.
#[test]
fn a_date_of_today_is_not_in_the_future_whatever_the_zone() {
    let now = chrono::Utc::now();
    let date = |hours| (now + chrono::TimeDelta::hours(hours)).format("%Y-%m-%dT%H:%M:%S");
    let at =
        |id, hours| row(id).replace(row(id).split(',').nth(2).unwrap(), &date(hours).to_string());
    let place = Place::with("crimes.csv", &csv(&[at(1, -14), at(2, 23), at(3, 25)]));
    let ran = run(&mut place.dry_run());
    assert_eq!((ran.code, ids(&ran).as_str()), (0, "1 2"), "{ran:?}");
}

#[test]
fn invalid_utf8_is_a_broken_row() {
    let mut content = csv(&[row(1), row(2), row(3)]);
    let at = content.len() - row(3).len() - 1 - row(2).len() + row(2).find("STREET").unwrap();
    content[at] = 0xff;
    let place = Place::with("crimes.csv", &content);
    let ran = run(&mut place.dry_run());
    assert_eq!((ran.code, ids(&ran).as_str()), (0, "3 1"), "{ran:?}");
    assert!(ran.stderr.contains("crimes.csv:3: byte"), "{ran:?}");
}

#[test]
fn nobody_answers() {
    let place = Place::with("crimes.csv", &csv(&[row(1)]));
    let mut command = crimes(&["produce", "--bootstrap", "127.0.0.1:1", "--connect-timeout", "1"]);
    let ran = run(command.arg(&place.path));
    assert_eq!((ran.code, ran.stdout.as_str()), (4, ""), "{ran:?}");
    assert!(ran.stderr.contains("Kafka at 127.0.0.1:1 can't be reached within 1 s"), "{ran:?}");
    assert!(ran.stderr.contains("Connection refused"), "{ran:?}");
}

#[test]
fn what_is_wrong_is_said() {
    let place = Place::with("crimes.csv", &csv(&[row(1)]));
    let config = place.folder.path().join("kafka.properties");
    fs::write(&config, "sasl.mechanism=PLAIN\nhunter2\n").unwrap();
    let config = config.to_str().unwrap();
    for (name, arguments) in [
        ("no-file", vec![]),
        ("no-address", vec!["FILE"]),
        ("rate", vec!["FILE", "--rate", "fast"]),
        ("speed", vec!["FILE", "--speed", "0x"]),
        ("from", vec!["FILE", "--from", "yesterday"]),
        ("loop", vec!["FILE", "--loop=0"]),
        ("resume-and-transactional", vec!["FILE", "--resume", "--transactional"]),
        (
            "secret-in-the-open",
            vec!["FILE", "--bootstrap", "127.0.0.1:1", "-X", "sasl.password=hunter2"],
        ),
        ("property", vec!["FILE", "--bootstrap", "127.0.0.1:1", "-X", "hunter2"]),
        (
            "unknown-property",
            vec!["FILE", "--bootstrap", "127.0.0.1:1", "-X", "sasl.passwrd=hunter2"],
        ),
        (
            "bad-property",
            vec!["FILE", "--bootstrap", "127.0.0.1:1", "-X", "security.protocol=hunter2"],
        ),
        ("bad-config", vec!["FILE", "--bootstrap", "127.0.0.1:1", "--kafka-config", config]),
    ] {
        let mut command = crimes(&["produce"]);
        for argument in arguments {
            match argument {
                "FILE" => command.arg(&place.path),
                other => command.arg(other),
            };
        }
        let ran = run(&mut command);
        assert!(!ran.stderr.contains("hunter2"), "{ran:?}");
        assert_snapshot(&format!("produce-{name}"), &place.told(&ran));
    }
    let stdin = run_with(
        &mut crimes(&["produce", "-", "--resume", "--bootstrap", "127.0.0.1:1"]),
        &csv(&[row(1)]),
    );
    assert_snapshot("produce-resume-of-a-stream", &stdin.told(&[]));
}
