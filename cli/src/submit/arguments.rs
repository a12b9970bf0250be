//! Which of this shell's settings the job is told.
//!
//! Over REST the job's main method runs in the JobManager, whose environment is not ours. So where the user gives no
//! flag of the job's own, what is set here travels as one. A password never does: arguments are shown and logged.

use std::io::Write as _;

use anyhow::Context as _;
use reqwest::Url;
use tempfile::NamedTempFile;

/// A setting of the job, and the variables of the environment that have it; the first one that is set counts, as in
/// the job itself.
const PLAIN: [(&str, &[&str]); 3] = [
    ("--kafka-bootstrap", &["JOB_KAFKA_BOOTSTRAP", "KAFKA_BOOTSTRAP"]),
    ("--postgres-user", &["JOB_POSTGRES_USER", "PGUSER"]),
    ("--elasticsearch-url", &["JOB_ELASTICSEARCH_URL", "ES_URL"]),
];
const POSTGRES_URL: &str = "--postgres-url";
const PASSWORD_FILE: &str = "--postgres-password-file";

/// The job's arguments, and what must stay until it has read it.
#[derive(Debug)]
pub(super) struct Arguments {
    pub(super) all: Vec<String>,
    /// names of the flags that came from the environment
    pub(super) added: Vec<&'static str>,
    /// what the user should know
    pub(super) notes: Vec<String>,
    /// deletes itself
    _password: Option<NamedTempFile>,
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
    let mut arguments =
        Arguments { all: given.to_vec(), added: Vec::new(), notes: Vec::new(), _password: None };
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
    if is_given(PASSWORD_FILE) {
        return Ok(arguments);
    }
    if let Some(file) = set("JOB_POSTGRES_PASSWORD_FILE") {
        arguments.add(PASSWORD_FILE, file);
    } else if let Some(password) = set("PGPASSWORD") {
        if flink_is_local {
            let file = password_file(&password)?;
            let path =
                file.path().to_str().context("the folder for temporary files is not text")?;
            arguments.add(PASSWORD_FILE, path.to_owned());
            arguments._password = Some(file);
        } else {
            arguments.notes.push(format!(
                "PGPASSWORD is not handed on to another machine: set it for the JobManager there, or give the job \
                 {PASSWORD_FILE} with a file that is there"
            ));
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

/// A file that only this user can read, for the moment in which the job's main method runs.
fn password_file(password: &str) -> anyhow::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new()
        .prefix("crimes-submit-")
        .tempfile()
        .context("cannot make a file for the password")?;
    file.write_all(password.as_bytes()).context("cannot write the file for the password")?;
    file.flush().context("cannot write the file for the password")?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(given: &[&str], set: &[(&str, &str)], local: bool) -> Arguments {
        let given: Vec<String> = given.iter().map(|it| (*it).to_owned()).collect();
        let environment = |name: &str| {
            set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        complete(&given, environment, local).unwrap()
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
        let arguments = completed(&["--bounded"], &ALL, true);
        let text = arguments.all.join(" ");
        assert!(text.starts_with(
            "--bounded --kafka-bootstrap k:1 --postgres-user me --elasticsearch-url http://e:2 --postgres-url \
             jdbc:postgresql://p:3/crime_db --postgres-password-file /"
        ));
        assert!(!text.contains("secret"));
        let path = arguments.all.last().unwrap().clone();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "secret");
        drop(arguments);
        assert!(!std::path::Path::new(&path).exists());
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
        assert!(!arguments.added.contains(&PASSWORD_FILE));
        assert!(arguments.notes[0].contains("another machine"), "{:?}", arguments.notes);
    }

    #[test]
    fn an_address_with_a_password_stays_here() {
        let arguments = completed(&[], &[("ES_URL", "http://me:secret@e:2")], true);
        assert!(arguments.all.is_empty());
        assert!(arguments.notes[0].contains("ES_URL") && !arguments.notes[0].contains("secret"));
    }
}
