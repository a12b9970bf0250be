//! `crimes download` and `crimes follow` against a server that speaks the open-data API's protocol.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use crate::city::{City, Crime, Fault};
use crate::snapshot::{Ran, assert_snapshot, crimes, run};

fn city() -> City {
    let crimes: Vec<Crime> = (1..11)
        .map(|id| Crime::new(id, &format!("2018-01-{id:02}T12:00:00"), "2018-02-01T00:00:00"))
        .collect();
    City::with(&crimes)
}

fn download(city: &City, folder: &TempDir) -> Command {
    let mut command = crimes(&["download", "--host", city.address(), "--page", "4"]);
    command.args(["--first-wait", "0.01", "--attempts", "3"]);
    command.arg(folder.path().join("crimes.csv"));
    command
}

fn told(ran: &Ran, city: &City, folder: &TempDir) -> String {
    let folder = folder.path().display().to_string();
    let text = ran.told(&[(&folder, "FOLDER"), (city.address(), "HOST")]);
    // how long it took, and how long it waited
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    for i in 1..words.len() {
        let number = words[i - 1].parse::<f64>().is_ok();
        if number && (words[i] == "s" || words[i].starts_with("s\n")) {
            words[i - 1] = "N".to_owned();
        }
    }
    words.join(" ")
}

#[test]
fn help() {
    for command in ["download", "follow"] {
        let ran = run(&mut crimes(&[command, "--help"]));
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        assert_snapshot(&format!("help-{command}"), &ran.stdout);
    }
}

#[test]
fn a_stretch_of_time_is_got_and_can_be_produced() {
    let (city, folder) = (city(), TempDir::new().unwrap());
    let ran =
        run(download(&city, &folder).args(["--since", "2018-01-03", "--until", "2018-01-09"]));
    assert_snapshot("download", &told(&ran, &city, &folder));
    let ran = run(crimes(&["produce", "--dry-run"]).arg(folder.path().join("crimes.csv")));
    assert!(ran.code == 0 && ran.stderr.contains("6 records would be sent"), "{ran:?}");
    assert!(ran.stderr.contains("API form"), "{ran:?}");
}

#[test]
fn faults_are_told_and_waited_for() {
    let (city, folder) = (city(), TempDir::new().unwrap());
    city.fail(&[Fault::Status(429, None), Fault::Drop]);
    let ran = run(download(&city, &folder).env("CRIMES_APP_TOKEN", "hush"));
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.stderr.matches("asking again").count(), 2, "{ran:?}");
    assert!(!ran.stderr.contains("hush"), "{ran:?}");
    assert_eq!(city.requests()[0]["token"], "hush");

    city.fail(&[Fault::Status(503, None); 3]);
    let ran = run(&mut download(&city, &folder));
    assert_snapshot("download-exhausted", &told(&ran, &city, &folder));
    let ran = run(download(&city, &folder).args(["--dataset", "none"]));
    assert_snapshot("download-no-dataset", &told(&ran, &city, &folder));
}

#[test]
fn what_is_wrong_is_said() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("crimes.csv");
    for (name, arguments) in [
        ("no-file", vec![]),
        ("since", vec!["FILE", "--since", "yesterday"]),
        ("host", vec!["FILE", "--host", "nonsense"]),
        ("unencrypted", vec!["FILE", "--host", "http://data.example.org"]),
    ] {
        let mut command = crimes(&["download"]);
        command.env("CRIMES_APP_TOKEN", "hush");
        for argument in arguments {
            match argument {
                "FILE" => command.arg(&file),
                other => command.arg(other),
            };
        }
        let ran = run(&mut command);
        assert!(!ran.stderr.contains("hush"), "{ran:?}");
        assert_snapshot(&format!("download-{name}"), &ran.told(&[]));
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn following_needs_a_broker() {
    let (city, folder) = (city(), TempDir::new().unwrap());
    let position = folder.path().join("position.json");
    let mut command = crimes(&["follow", "--once", "--host", city.address(), "--position"]);
    let ran =
        run(command.arg(&position).args(["--bootstrap", "127.0.0.1:1", "--connect-timeout", "1"]));
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(!position.exists() && city.requests().is_empty());
    assert_snapshot("follow-no-address", &run(&mut crimes(&["follow"])).told(&[]));
}
