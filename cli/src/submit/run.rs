//! `crimes submit run`.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use sha2::{Digest as _, Sha256};

use super::arguments::{self, Arguments};
use super::restore::{self, Restore};
use super::watch::Watch;
use crate::exit::{Exit, Fault};
use crate::flink::{Flink, FlinkOptions, Refusal};
use crate::session::{Session, finish};

const SETTINGS: &str = "\
The job's main method runs in Flink's JobManager, which does not see this shell. So KAFKA_BOOTSTRAP, ES_URL, ES_USER, \
ES_CA, PGHOST, PGPORT, PGDATABASE and PGUSER (or the job's own JOB_..) travel as the job's flags where none is given \
after --.

PGPASSWORD, ES_PASSWORD and ES_API_KEY travel only to a Flink on this machine, each as the name of a file in \
~/.local/state/crimes that nobody else can read. It stays there: the job reads it again whenever it is restarted. \
Elsewhere, set them for the JobManager, or name a file there with -- --postgres-password-file FILE.

A Flink in a container is not on this machine in that sense: use --no-environment and let its own settings count.";

/// Options of `crimes submit run`.
#[derive(Debug, Args)]
#[command(after_help = SETTINGS)]
pub(super) struct RunOptions {
    /// The job's jar (`make build` makes flink-job/target/crimes-job.jar)
    #[arg(long, value_name = "FILE", env = "CRIMES_JAR", hide_env_values = true)]
    jar: PathBuf,
    /// Wait until the job has ended
    #[arg(long)]
    wait: bool,
    /// Go on from this savepoint or checkpoint, a path as the cluster sees it
    #[arg(long, value_name = "PATH", group = "place")]
    from_savepoint: Option<String>,
    /// Go on from the newest checkpoint or savepoint of a job that has ended: the last one of the same topic (`latest`),
    /// or the one of this id. Flink must remember it, as it does until the JobManager is started anew
    #[arg(long, value_name = "latest|JOB", group = "place")]
    restore: Option<Restore>,
    /// Leave out state in the savepoint for which the job has no place
    #[arg(long, requires = "place")]
    allow_non_restored_state: bool,
    /// Hand none of this shell's settings to the job: those of the JobManager count
    #[arg(long)]
    no_environment: bool,
    /// Flags of the job itself
    #[arg(last = true, value_name = "FLAGS OF THE JOB")]
    arguments: Vec<String>,
    #[command(flatten)]
    flink: FlinkOptions,
}

pub(super) fn run(options: &RunOptions, session: &Session) -> anyhow::Result<Exit> {
    let jar = options.jar.as_path();
    if options.arguments.iter().any(|it| it == "--help" || it == "-h") {
        // over there it would be printed where nobody looks
        let sentence = format!("the job's own help: java -jar {} --help", jar.display());
        return Err(Fault::new(Exit::Misused, sentence).into());
    }
    let flink = Flink::new(&options.flink)?;
    let savepoint = savepoint(options, &flink, session)?;
    let name = name_with_digest(jar)?;
    let id = match flink.find_jar(&name)? {
        Some(id) => {
            session.detail(format_args!("{name} is already there"));
            id
        }
        None => {
            let id = flink.upload(jar, &name)?;
            session.info(format_args!("uploaded {} as {name}", jar.display()));
            id
        }
    };
    let job = start(options, &flink, &id, savepoint.as_deref(), session)?;
    let mut data = session.data();
    writeln!(data, "{job}")?;
    finish(data)?;
    let mut watch = Watch::new(&flink, &job, session);
    if watch.until_up()? && options.wait {
        watch.until_end()?;
    }
    Ok(Exit::Done)
}

/// The place to go on from, if there is to be one.
fn savepoint(
    options: &RunOptions,
    flink: &Flink,
    session: &Session,
) -> anyhow::Result<Option<String>> {
    let Some(wanted) = &options.restore else { return Ok(options.from_savepoint.clone()) };
    let environment = |name: &str| environment(options, name);
    let topic = restore::topic(&options.arguments, environment);
    let (job, checkpoint) = restore::find(wanted, flink, topic.as_deref())?;
    session.info(format_args!(
        "going on from {} of job {}, which is {}: {}",
        checkpoint.told(),
        job.id,
        job.state,
        checkpoint.path
    ));
    Ok(Some(checkpoint.path))
}

fn environment(options: &RunOptions, name: &str) -> Option<String> {
    if options.no_environment { None } else { std::env::var(name).ok() }
}

/// Starts the jar.
fn start(
    options: &RunOptions,
    flink: &Flink,
    jar: &str,
    savepoint: Option<&str>,
    session: &Session,
) -> anyhow::Result<String> {
    let environment = |name: &str| environment(options, name);
    let arguments = arguments::complete(&options.arguments, environment, flink.is_local())?;
    let Arguments { all, added, notes } = &arguments;
    for note in notes {
        session.warn(note);
    }
    if !added.is_empty() {
        session.detail(format_args!("from the environment: {}", added.join(", ")));
    }
    let started = flink.run(jar, all, savepoint, options.allow_non_restored_state);
    started.map_err(|error| match error.downcast_ref::<Refusal>() {
        Some(refusal) => {
            Fault::new(Exit::JobFailed, format!("the job does not start: {refusal}")).into()
        }
        None => error,
    })
}

/// `crimes-job-0123456789ab.jar`: the jar's name with the beginning of its digest, so that the same jar is known again.
fn name_with_digest(jar: &Path) -> anyhow::Result<String> {
    let unreadable = || {
        format!(
            "cannot read the job's jar {} (--jar or CRIMES_JAR; `make build` makes it)",
            jar.display()
        )
    };
    let mut digest = Sha256::new();
    let mut file = File::open(jar).with_context(unreadable)?;
    std::io::copy(&mut file, &mut digest).with_context(unreadable)?;
    let digest: String =
        digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let stem = jar.file_stem().and_then(|stem| stem.to_str()).unwrap_or("job");
    Ok(format!("{stem}-{digest}.jar"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jar_is_known_by_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let jar = folder.path().join("crimes-job.jar");
        std::fs::write(&jar, "abc").unwrap();
        assert_eq!(name_with_digest(&jar).unwrap(), "crimes-job-ba7816bf8f01.jar");
        std::fs::write(&jar, "abd").unwrap();
        assert_ne!(name_with_digest(&jar).unwrap(), "crimes-job-ba7816bf8f01.jar");
        let missing = name_with_digest(&folder.path().join("none.jar")).unwrap_err();
        assert!(format!("{missing:#}").contains("CRIMES_JAR"));
    }
}
