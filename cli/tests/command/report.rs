//! `crimes report` without servers.

use crate::snapshot::{assert_snapshot, crimes, run};

#[test]
fn nothing_is_set() {
    assert_snapshot("report-nothing", &run(&mut crimes(&["report"])).told(&[]));
}

#[test]
fn nobody_answers() {
    let command = || {
        let mut command = crimes(&["report"]);
        command.env("KAFKA_BOOTSTRAP", "127.0.0.1:1").env("ES_URL", "http://me:hush@127.0.0.1:1");
        command.env("PGHOST", "127.0.0.1").env("PGPORT", "1").env("PGUSER", "me");
        command.env("PGPASSWORD", "hush").env("FLINK_URL", "http://127.0.0.1:1");
        command
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let ran = run(&mut command());
            assert!(!ran.told(&[]).contains("hush"));
            assert_snapshot("report-unreachable", &ran.told(&[]));
        });
        let ran = run(command().arg("--json"));
        assert_eq!(ran.code, 4);
        let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        for server in ["kafka", "flink", "totals", "anomalies", "documents"] {
            assert!(report[server].is_null(), "{report}");
        }
    });
}
