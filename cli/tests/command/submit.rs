//! `crimes submit` without a cluster, and with something that answers like one.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use crate::snapshot::{assert_snapshot, crimes, run};

const JOB: &str = "0123456789abcdef0123456789abcdef";
const NOBODY: &str = "http://127.0.0.1:1";

#[test]
fn nobody_answers() {
    let folder = tempfile::tempdir().unwrap();
    let jar = folder.path().join("job.jar");
    std::fs::write(&jar, "a jar").unwrap();
    let jar = jar.to_str().unwrap();
    for arguments in [
        vec!["run", "--jar", jar],
        vec!["list"],
        vec!["status", JOB],
        vec!["cancel", JOB],
        vec!["stop", JOB],
    ] {
        let mut command = crimes(&["submit"]);
        let ran = run(command.args(&arguments).env("FLINK_URL", NOBODY));
        assert_eq!((ran.code, ran.stdout.as_str()), (4, ""), "{ran:?}");
        assert!(ran.stderr.contains("Flink at http://127.0.0.1:1 does not answer"), "{ran:?}");
    }
    let ran = run(&mut crimes(&["submit", "list", "--flink", NOBODY]));
    assert_snapshot("submit-unreachable", &ran.told(&[]));
}

#[test]
fn what_is_wrong_is_said() {
    for (name, arguments) in [
        ("no-action", vec![]),
        ("no-address", vec!["list"]),
        ("no-jar", vec!["run", "--flink", NOBODY]),
        ("jar-is-missing", vec!["run", "--flink", NOBODY, "--jar", "none.jar"]),
        ("job-id", vec!["cancel", "../jars", "--flink", NOBODY]),
        ("address", vec!["list", "--flink", "127.0.0.1:8081"]),
        ("flag-of-the-job", vec!["run", "--flink", NOBODY, "--jar", "a.jar", "--bounded"]),
        ("help-of-the-job", vec!["run", "--flink", NOBODY, "--jar", "a.jar", "--", "--help"]),
        ("state-without-savepoint", vec!["run", "--jar", "a.jar", "--allow-non-restored-state"]),
    ] {
        let mut command = crimes(&["submit"]);
        let ran = run(command.args(&arguments));
        assert_snapshot(&format!("submit-{name}"), &ran.told(&[]));
    }
}

/// Answers each request by its first line, and keeps them all.
pub(crate) struct Answering {
    pub(crate) url: String,
    pub(crate) heard: Arc<Mutex<Vec<String>>>,
}

impl Answering {
    pub(crate) fn new(answers: &'static [(&'static str, u16, &'static str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&heard);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let request = read(&mut stream);
                let first = request.lines().next().unwrap_or_default().to_owned();
                let (status, body) = answers
                    .iter()
                    .find(|(begin, ..)| first.starts_with(begin))
                    .map_or((404, "{\"errors\":[\"Not found.\"]}"), |(_, status, body)| {
                        (*status, *body)
                    });
                keep.lock().unwrap().push(request);
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
                );
                stream.write_all(head.as_bytes()).unwrap();
                stream.write_all(body.as_bytes()).unwrap();
            }
        });
        Self { url, heard }
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

/// A whole request: its head, and as much as the head says.
fn read(stream: &mut std::net::TcpStream) -> String {
    let (mut bytes, mut part) = (Vec::new(), [0; 65536]);
    loop {
        let count = stream.read(&mut part).unwrap();
        bytes.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .map_or(0, |(_, value)| value.trim().parse().unwrap());
        if count == 0 || body.len() >= length {
            return text;
        }
    }
}

const UP: &str = r#"{"state":"RUNNING","vertices":[{"name":"Source: x","id":"v","parallelism":1,"tasks":{"RUNNING":1}}]}"#;

#[test]
fn a_new_jar_is_uploaded_and_started_with_the_environments_settings() {
    let server = Answering::new(&[
        ("GET /jars ", 200, r#"{"files":[{"id":"1_other.jar","name":"other.jar"}]}"#),
        (
            "POST /jars/upload ",
            200,
            r#"{"filename":"/tmp/flink-web/uuid_job-53f0acdd38cb.jar","status":"success"}"#,
        ),
        ("POST /jars/uuid_job-", 200, r#"{"jobid":"0123456789abcdef0123456789abcdef"}"#),
        ("GET /jobs/0123456789abcdef0123456789abcdef ", 200, UP),
        (
            "GET /jobs/0123456789abcdef0123456789abcdef/checkpoints",
            200,
            r#"{"counts":{"completed":2}}"#,
        ),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let jar = folder.path().join("job.jar");
    std::fs::write(&jar, "a jar").unwrap();
    let mut command = crimes(&["submit", "run", "--jar", jar.to_str().unwrap(), "--", "--bounded"]);
    command.env("FLINK_URL", &server.url).env("KAFKA_BOOTSTRAP", "k:1").env("PGPASSWORD", "hush");
    command.env("XDG_STATE_HOME", folder.path());
    let ran = run(&mut command);
    assert_eq!((ran.code, ran.stdout.trim()), (0, JOB), "{ran:?}");
    assert!(ran.stderr.contains("is RUNNING"), "{ran:?}");
    let heard = server.heard();
    assert!(heard[1].contains("filename=\"job-"), "{}", heard[1]);
    let body = heard[2].split_once("\r\n\r\n").unwrap().1;
    let started: serde_json::Value = serde_json::from_str(body).unwrap();
    let arguments: Vec<&str> = started["programArgsList"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it.as_str().unwrap())
        .collect();
    assert_eq!(arguments[..3], ["--bounded", "--kafka-bootstrap", "k:1"]);
    assert_eq!(arguments[3], "--postgres-password-file");
    // the job reads it again when it is restarted
    assert_eq!(std::fs::read_to_string(arguments[4]).unwrap(), "hush");
    assert!(heard.iter().all(|request| !request.contains("hush")));
}

#[test]
fn a_jar_that_is_there_is_not_uploaded_again_and_a_refusal_is_flinks_own_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let jar = folder.path().join("job.jar");
    std::fs::write(&jar, "").unwrap();
    // the digest of nothing
    let server = Answering::new(&[
        (
            "GET /jars ",
            200,
            r#"{"files":[{"id":"7_job-e3b0c44298fc.jar","name":"job-e3b0c44298fc.jar"}]}"#,
        ),
        (
            "POST /jars/7_job-e3b0c44298fc.jar/run ",
            400,
            "{\"errors\":[\"org.apache.flink.runtime.rest.handler.RestHandlerException: Could not execute application.\\n\\tat \
             x.Y\\nCaused by: org.apache.flink.client.program.ProgramParametrizationException: There is no flag called \
             --no-such-flag.\\n\\tat z.Z\"]}",
        ),
    ]);
    let mut command =
        crimes(&["submit", "run", "--jar", jar.to_str().unwrap(), "--", "--no-such-flag"]);
    let ran = run(command.env("FLINK_URL", &server.url));
    assert_snapshot("submit-refused", &ran.told(&[]));
    assert_eq!(server.heard().len(), 2);
}

#[test]
fn a_job_that_fails_is_told_with_its_root_cause() {
    let server = Answering::new(&[
        (
            "GET /jars ",
            200,
            r#"{"files":[{"id":"7_job-e3b0c44298fc.jar","name":"job-e3b0c44298fc.jar"}]}"#,
        ),
        ("POST /jars/7_job", 200, r#"{"jobid":"0123456789abcdef0123456789abcdef"}"#),
        ("GET /jobs/0123456789abcdef0123456789abcdef ", 200, r#"{"state":"FAILED","vertices":[]}"#),
        (
            "GET /jobs/0123456789abcdef0123456789abcdef/exceptions",
            200,
            "{\"root-exception\":\"org.apache.flink.runtime.JobException: Recovery is suppressed\\n\\tat a.B\\nCaused by: \
             org.postgresql.util.PSQLException: Connection to p:1 refused.\\n\\tat c.D\"}",
        ),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let jar = folder.path().join("job.jar");
    std::fs::write(&jar, "").unwrap();
    let mut command = crimes(&["submit", "run", "--wait", "--jar", jar.to_str().unwrap()]);
    let ran = run(command.env("FLINK_URL", &server.url));
    assert_snapshot("submit-failed", &ran.told(&[]));
}

#[test]
fn a_job_that_is_over_is_not_cancelled() {
    let server = Answering::new(&[(
        "GET /jobs/0123456789abcdef0123456789abcdef ",
        200,
        r#"{"state":"FINISHED","vertices":[]}"#,
    )]);
    for action in ["cancel", "stop"] {
        let ran = run(&mut crimes(&["submit", action, JOB, "--flink", &server.url]));
        assert_eq!(ran.code, 1);
        assert!(ran.stderr.contains("already FINISHED"), "{ran:?}");
    }
    assert!(server.heard().iter().all(|request| request.starts_with("GET ")));
}
