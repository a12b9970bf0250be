//! `crimes topics` without a broker.

use crate::snapshot::{assert_snapshot, crimes, run};

/// All at once: each of them waits for as long as a broker may take.
#[test]
fn nobody_answers() {
    std::thread::scope(|scope| {
        for action in ["create", "list", "describe"] {
            scope.spawn(move || {
                let ran = run(&mut crimes(&["topics", action, "--bootstrap", "127.0.0.1:1"]));
                assert_eq!((ran.code, ran.stdout.as_str()), (4, ""), "{ran:?}");
                assert!(ran.stderr.contains("Kafka at 127.0.0.1:1 does not answer"), "{ran:?}");
            });
        }
        let mut command = crimes(&["topics", "reset", "--yes"]);
        let ran = run(command.env("KAFKA_BOOTSTRAP", "127.0.0.1:1"));
        assert_snapshot("topics-unreachable", &ran.told(&[]));
    });
}

#[test]
fn what_is_wrong_is_said() {
    for (name, arguments) in [
        ("no-action", vec![]),
        ("no-address", vec!["create"]),
        ("partitions", vec!["create", "--partitions", "0"]),
        ("reset-without-yes", vec!["reset", "--bootstrap", "127.0.0.1:1"]),
        ("delete-without-yes", vec!["delete", "--bootstrap", "127.0.0.1:1"]),
        ("property", vec!["create", "--bootstrap", "127.0.0.1:1", "-X", "secret"]),
        ("secret", vec!["create", "--bootstrap", "127.0.0.1:1", "-X", "sasl.password=hush"]),
        (
            "unknown-property",
            vec!["create", "--bootstrap", "127.0.0.1:1", "-X", "sasl.passwrd=secret"],
        ),
        (
            "bad-property",
            vec!["list", "--bootstrap", "127.0.0.1:1", "-X", "security.protocol=secret"],
        ),
    ] {
        let mut command = crimes(&["topics"]);
        let ran = run(command.args(&arguments));
        assert_snapshot(&format!("topics-{name}"), &ran.told(&[]));
    }
}
