//! Which of this shell's settings the job is told.
//!
//! Over REST the job's main method runs in the JobManager, whose environment is not ours. So where the user gives no
//! flag of the job's own, what is set here travels as one. A password never does: arguments are shown and logged.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use reqwest::Url;
use sha2::{Digest as _, Sha256};

/// A setting of the job, and the variables of the environment that have it; the first one that is set counts, as in
/// the job itself.
const PLAIN: [(&str, &[&str]); 5] = [
    ("--kafka-bootstrap", &["JOB_KAFKA_BOOTSTRAP", "KAFKA_BOOTSTRAP"]),
    ("--postgres-user", &["JOB_POSTGRES_USER", "PGUSER"]),
    ("--elasticsearch-url", &["JOB_ELASTICSEARCH_URL", "ES_URL"]),
    ("--elasticsearch-user", &["JOB_ELASTICSEARCH_USER", "ES_USER"]),
    ("--elasticsearch-ca", &["JOB_ELASTICSEARCH_CA", "ES_CA"]),
];
const POSTGRES_URL: &str = "--postgres-url";
/// Flag for a file, its variable, the variable with the secret itself, and those that say where the secret belongs.
const SECRETS: [(&str, &str, &str, &[&str]); 3] = [
    (
        "--postgres-password-file",
        "JOB_POSTGRES_PASSWORD_FILE",
        "PGPASSWORD",
        &["JOB_POSTGRES_URL", "PGHOST", "PGPORT", "PGDATABASE", "JOB_POSTGRES_USER", "PGUSER"],
    ),
    (
        "--elasticsearch-password-file",
        "JOB_ELASTICSEARCH_PASSWORD_FILE",
        "ES_PASSWORD",
        &["JOB_ELASTICSEARCH_URL", "ES_URL", "JOB_ELASTICSEARCH_USER", "ES_USER"],
    ),
    (
        "--elasticsearch-api-key-file",
        "JOB_ELASTICSEARCH_API_KEY_FILE",
        "ES_API_KEY",
        &["JOB_ELASTICSEARCH_URL", "ES_URL"],
    ),
];

/// The job's arguments.
#[derive(Debug)]
pub(super) struct Arguments {
    pub(super) all: Vec<String>,
    /// names of the flags that came from the environment
    pub(super) added: Vec<&'static str>,
    /// what the user should know
    pub(super) notes: Vec<String>,
}

/// The user's arguments, and those of the environment's settings that are not among them.
pub(super) fn complete(
    given: &[String],
    environment: impl Fn(&str) -> Option<String>,
    flink_is_local: bool,
) -> anyhow::Result<Arguments> {
    let set = |name: &str| environment(name).filter(|value| !value.is_empty());
    let first = |names: &[&str]| names.iter().find_map(|name| set(name));
    let is_given = |flag: &str| {
        given
            .iter()
            .any(|it| it == flag || it.strip_prefix(flag).is_some_and(|rest| rest.starts_with('=')))
    };
    let mut arguments = Arguments { all: given.to_vec(), added: Vec::new(), notes: Vec::new() };
    for (flag, names) in PLAIN {
        let Some(value) = first(names).filter(|_| !is_given(flag)) else { continue };
        let secret = Url::parse(&value).is_ok_and(|url| url.password().is_some());
        if secret {
            arguments.notes.push(format!(
                "{} has a password in it and is not handed on; give the job {flag} yourself, or set it for the \
                 JobManager",
                names[names.len() - 1]
            ));
            continue;
        }
        arguments.add(flag, value);
    }
    if !is_given(POSTGRES_URL) {
        let made = || {
            let database = set("PGDATABASE").or_else(|| set("PGUSER"))?;
            let port = set("PGPORT").unwrap_or_else(|| "5432".to_owned());
            Some(format!("jdbc:postgresql://{}:{port}/{database}", set("PGHOST")?))
        };
        if let Some(url) = set("JOB_POSTGRES_URL").or_else(made) {
            arguments.add(POSTGRES_URL, url);
        }
    }
    for (flag, file_variable, variable, belongs) in SECRETS {
        if is_given(flag) {
            continue;
        }
        if let Some(file) = set(file_variable) {
            arguments.add(flag, file);
        } else if let Some(secret) = set(variable) {
            if !flink_is_local {
                arguments.notes.push(format!(
                    "{variable} is not handed on to another machine: set it for the JobManager there, or give the job \
                     {flag} with a file that is there"
                ));
                continue;
            }
            let to: Vec<String> = belongs.iter().filter_map(|name| set(name)).collect();
            let folder = folder(&set).with_context(|| {
                format!("no folder for a file with {variable}: set HOME or XDG_STATE_HOME, or give the job {flag}")
            })?;
            let file = keep(&folder, flag, &to.join(" "), &secret)?;
            arguments
                .add(flag, file.to_str().context("the folder for secrets is not text")?.to_owned());
        }
    }
    Ok(arguments)
}

impl Arguments {
    fn add(&mut self, flag: &'static str, value: String) {
        self.all.extend([flag.to_owned(), value]);
        self.added.push(flag);
    }
}

fn folder(set: &impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let state = set("XDG_STATE_HOME").map(PathBuf::from);
    let state = state.or_else(|| Some(Path::new(&set("HOME")?).join(".local/state")))?;
    Some(state.join("crimes"))
}

/// A file that only this user can read. Named by what the secret is for: a new one takes the old one's place, also for
/// jobs that run. It must outlive this process, for the job reads it again whenever it is restarted.
fn keep(folder: &Path, flag: &str, belongs_to: &str, secret: &str) -> anyhow::Result<PathBuf> {
    let digest = Sha256::digest(belongs_to);
    let digest: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let stem = flag.trim_start_matches('-').trim_end_matches("-file");
    let file = folder.join(format!("{stem}-{digest}"));
    let draft = folder.join(format!("{stem}-{digest}.{}", std::process::id()));
    let write = || -> std::io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut open = OpenOptions::new();
        open.write(true).create(true).truncate(true).mode(0o600);
        open.open(&draft)?.write_all(secret.as_bytes())?;
        fs::rename(&draft, &file)
    };
    write().with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn completed(given: &[&str], set: &[(&str, &str)], local: bool) -> Arguments {
        let given: Vec<String> = given.iter().map(|it| (*it).to_owned()).collect();
        let environment = |name: &str| {
            set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        complete(&given, environment, local).unwrap()
    }

    fn completed_in(folder: &Path, set: &[(&str, &str)]) -> Arguments {
        let mut set = set.to_vec();
        set.push(("XDG_STATE_HOME", folder.to_str().unwrap()));
        completed(&["--bounded"], &set, true)
    }

    const ALL: [(&str, &str); 7] = [
        ("KAFKA_BOOTSTRAP", "k:1"),
        ("ES_URL", "http://e:2"),
        ("PGHOST", "p"),
        ("PGPORT", "3"),
        ("PGDATABASE", "crime_db"),
        ("PGUSER", "me"),
        ("PGPASSWORD", "secret"),
    ];

    #[test]
    fn settings_travel_and_the_password_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let arguments = completed_in(folder.path(), &ALL);
        let text = arguments.all.join(" ");
        assert!(text.starts_with(
            "--bounded --kafka-bootstrap k:1 --postgres-user me --elasticsearch-url http://e:2 --postgres-url \
             jdbc:postgresql://p:3/crime_db --postgres-password-file /"
        ));
        assert!(!text.contains("secret"));
        let path = arguments.all.last().unwrap().clone();
        assert_eq!(fs::read_to_string(&path).unwrap(), "secret");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    /// The job reads its file again when it is restarted.
    #[test]
    fn a_new_password_takes_the_place_of_the_old_one_and_of_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path =
            |set: &[(&str, &str)]| completed_in(folder.path(), set).all.last().unwrap().clone();
        let first = path(&ALL);
        let mut changed = ALL;
        changed[6].1 = "changed";
        assert_eq!(path(&changed), first);
        assert_eq!(fs::read_to_string(&first).unwrap(), "changed");
        changed[2].1 = "another-host";
        assert_ne!(path(&changed), first);
    }

    #[test]
    fn elasticsearchs_secrets_travel_in_the_same_way() {
        let folder = tempfile::tempdir().unwrap();
        let set = [
            ("ES_URL", "https://e"),
            ("ES_USER", "me"),
            ("ES_PASSWORD", "hush"),
            ("ES_CA", "/ca.pem"),
        ];
        let all = completed_in(folder.path(), &set).all;
        assert_eq!(
            all[1..7].join(" "),
            "--elasticsearch-url https://e --elasticsearch-user me --elasticsearch-ca /ca.pem"
        );
        assert_eq!(all[7], "--elasticsearch-password-file");
        assert_eq!(fs::read_to_string(&all[8]).unwrap(), "hush");
    }

    #[test]
    fn what_the_user_gives_counts() {
        let given = [
            "--kafka-bootstrap=x",
            "--postgres-user",
            "y",
            "--elasticsearch-url",
            "",
            "--postgres-url=jdbc:z",
            "--postgres-password-file",
            "f",
        ];
        let arguments = completed(&given, &ALL, true);
        assert_eq!(arguments.all, given);
        assert!(arguments.added.is_empty());
    }

    #[test]
    fn the_jobs_own_variables_go_first_and_empty_ones_do_not_count() {
        let set = [("JOB_KAFKA_BOOTSTRAP", "a:1"), ("KAFKA_BOOTSTRAP", "b:2"), ("ES_URL", "")];
        assert_eq!(completed(&[], &set, true).all, ["--kafka-bootstrap", "a:1"]);
    }

    #[test]
    fn another_machine_must_know_the_password_itself() {
        let arguments = completed(&[], &ALL, false);
        assert!(!arguments.added.contains(&"--postgres-password-file"));
        assert!(arguments.notes[0].contains("another machine"), "{:?}", arguments.notes);
    }

    #[test]
    fn an_address_with_a_password_stays_here() {
        let arguments = completed(&[], &[("ES_URL", "http://me:secret@e:2")], true);
        assert!(arguments.all.is_empty());
        assert!(arguments.notes[0].contains("ES_URL") && !arguments.notes[0].contains("secret"));
    }
}
