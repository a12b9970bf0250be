//! The help of every subcommand.

use crate::snapshot::{assert_snapshot, crimes, run};

fn help_of(arguments: &[&str]) {
    let mut all = arguments.to_vec();
    all.push("--help");
    let ran = run(&mut crimes(&all));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let name = if arguments.is_empty() { "crimes".to_owned() } else { arguments.join("-") };
    assert_snapshot(&format!("help-{name}"), &ran.stdout);
}

#[test]
fn the_command() {
    help_of(&[]);
}

#[test]
fn generate() {
    help_of(&["generate"]);
}

#[test]
fn topics() {
    for action in ["create", "list", "describe", "reset", "delete"] {
        help_of(&["topics", action]);
    }
    help_of(&["topics"]);
}

#[test]
fn dead_letter() {
    for action in ["list", "show", "resend"] {
        help_of(&["dead-letter", action]);
    }
    help_of(&["dead-letter"]);
}

#[test]
fn submit() {
    for action in ["run", "list", "status", "cancel", "stop"] {
        help_of(&["submit", action]);
    }
    help_of(&["submit"]);
}

#[test]
fn report() {
    help_of(&["report"]);
}

#[test]
fn completions_and_manual() {
    help_of(&["completions"]);
    help_of(&["man"]);
}

/// Settings hold passwords: their values are never part of what is shown.
#[test]
fn no_value_of_the_environment_is_shown() {
    for arguments in
        [vec!["report"], vec!["submit", "run"], vec!["topics", "create"], vec!["produce"]]
    {
        let mut command = crimes(&arguments);
        command.arg("--help").env("KAFKA_BOOTSTRAP", "hush:1").env("ES_URL", "http://a:hush@b");
        command.env("FLINK_URL", "http://hush").env("CRIMES_JAR", "hush.jar");
        let ran = run(&mut command);
        assert!(!ran.stdout.contains("hush"), "{}", ran.stdout);
    }
}

#[test]
fn completions_and_manual_are_made() {
    let bash = run(&mut crimes(&["completions", "bash"]));
    assert!(bash.code == 0 && bash.stdout.contains("complete -F _crimes"), "{bash:?}");
    let page = run(&mut crimes(&["man"]));
    assert!(page.code == 0 && page.stdout.contains(".TH crimes"), "{page:?}");
    let folder = tempfile::tempdir().unwrap();
    let pages = run(&mut crimes(&["man", "--out", folder.path().to_str().unwrap()]));
    assert_eq!(pages.code, 0, "{pages:?}");
    assert!(folder.path().join("crimes-submit-run.1").exists());
}

#[test]
fn what_is_no_command() {
    for (name, arguments) in [
        ("no-command", vec![]),
        ("unknown-command", vec!["produces"]),
        ("quiet-and-verbose", vec!["-q", "-v", "report"]),
    ] {
        assert_snapshot(&format!("wrong-{name}"), &run(&mut crimes(&arguments)).told(&[]));
    }
}
