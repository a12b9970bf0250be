//! `crimes dead-letter` without a broker.

use crate::snapshot::{assert_snapshot, crimes, run};

#[test]
fn what_is_wrong_is_said() {
    for (name, arguments) in [
        ("no-action", vec![]),
        ("no-address", vec!["list"]),
        ("no-filter", vec!["resend", "--bootstrap", "127.0.0.1:1"]),
        ("time", vec!["list", "--since", "yesterday"]),
        ("offset", vec!["show", "--offset", "7-5"]),
        ("both", vec!["list", "--late", "--rejected"]),
    ] {
        let mut command = crimes(&["dead-letter"]);
        let ran = run(command.args(&arguments));
        assert_snapshot(&format!("dead-letter-{name}"), &ran.told(&[]));
    }
}

#[test]
fn nobody_answers() {
    let ran = run(&mut crimes(&["dead-letter", "list", "--bootstrap", "127.0.0.1:1"]));
    assert_eq!((ran.code, ran.stdout.as_str()), (4, ""), "{ran:?}");
}
