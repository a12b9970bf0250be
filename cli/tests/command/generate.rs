//! `crimes generate`.

use std::fs;
use std::io::Read as _;
use std::process::Stdio;

use crate::snapshot::{assert_snapshot, crimes, run};

const FEW: [&str; 6] = ["generate", "--days", "2", "--per-day", "20", "-q"];

#[test]
fn a_file_its_compressed_form_and_standard_output_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (plain, packed, labels) = (path("a.csv"), path("a.csv.gz"), path("labels.csv"));
    let written = |output: &[&str]| {
        let mut command = crimes(&FEW);
        let ran = run(command.args(output));
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
        ran.stdout
    };
    let stdout = written(&[]);
    assert_eq!(written(&["--output", &plain, "--labels", &labels]), "");
    assert_eq!(written(&["-o", &packed]), "");
    assert_eq!(fs::read_to_string(&plain).unwrap(), stdout);
    let mut unpacked = String::new();
    let file = fs::File::open(&packed).unwrap();
    flate2::read::GzDecoder::new(file).read_to_string(&mut unpacked).unwrap();
    assert_eq!(unpacked, stdout);
    let labels = fs::read_to_string(&labels).unwrap();
    assert!(labels.starts_with("type,district,start,end,count\n"), "{labels}");
    assert_eq!(labels.lines().count(), 2);
    // nothing half-written is left
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child =
        crimes(&["generate", "-q"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 100];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    // the pipe is closed here
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn what_is_wrong_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let missing = format!("{path}/none/a.csv");
    for (name, arguments) in [
        ("days-0", vec!["--days", "0"]),
        ("days-and-years", vec!["--days", "1", "--years", "1"]),
        ("date", vec!["--from", "2023-02-29"]),
        ("before-2001", vec!["--from", "2000-12-31"]),
        ("per-day", vec!["--per-day", "0"]),
        ("share", vec!["--corrections", "200%"]),
        ("anomalies", vec!["--days", "1", "--anomalies", "7"]),
        ("dialect", vec!["--dialect", "french"]),
        ("folder", vec!["--days", "1", "--output", &missing]),
        ("output-is-folder", vec!["--days", "1", "--output", path]),
    ] {
        let mut command = crimes(&["generate"]);
        let ran = run(command.args(&arguments));
        assert_snapshot(&format!("generate-{name}"), &ran.told(&[(path, "FOLDER")]));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let ran = run(&mut crimes(&["generate", "--days", "1", "-o", "/dev/full"]));
    assert_snapshot("generate-full", &ran.told(&[]));
}
