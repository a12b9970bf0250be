//! A stack of servers of one's own, on free ports, taken down whatever happens.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use super::{Cluster, Index, Programs, Tables, Topics};

/// Directories of the stacks that are up, for the handler of interrupts.
static UP: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
static HANDLER: Once = Once::new();

/// How many task managers and slots, and what is in the servers' environment.
#[derive(Debug, Clone)]
pub struct StackOptions {
    /// Flink TaskManager processes
    pub task_managers: usize,
    /// slots of each
    pub slots: usize,
    /// variables for every server and program, such as `TZ`
    pub environment: Vec<(String, String)>,
}

impl Default for StackOptions {
    fn default() -> Self {
        Self { task_managers: 2, slots: 4, environment: Vec::new() }
    }
}

/// Running servers. Dropping it stops them.
#[derive(Debug)]
pub struct Stack {
    directory: TempDir,
    settings: BTreeMap<String, String>,
    options: StackOptions,
    keep: AtomicBool,
}

impl Stack {
    /// Starts the servers and waits until they answer.
    ///
    /// # Errors
    /// If `stack/stack up` fails; its output is in the error.
    pub fn up(options: StackOptions) -> Result<Self> {
        HANDLER.call_once(|| {
            if let Err(error) = ctrlc::set_handler(interrupted) {
                eprintln!("an interrupt would leave servers behind: {error}");
            }
        });
        // PostgreSQL drops to a user of its own, who must be able to enter.
        let directory = tempfile::Builder::new()
            .prefix("crimes-e2e-")
            .permissions(fs::Permissions::from_mode(0o755))
            .tempdir()?;
        UP.lock().unwrap_or_else(PoisonError::into_inner).push(directory.path().to_owned());
        let keep = AtomicBool::new(std::env::var_os("E2E_KEEP").is_some());
        let mut stack = Self { directory, settings: BTreeMap::new(), options, keep };
        let (task_managers, slots) =
            (stack.options.task_managers.to_string(), stack.options.slots.to_string());
        stack.control(&[
            "up",
            "--ports",
            "free",
            "--task-managers",
            &task_managers,
            "--slots",
            &slots,
        ])?;
        let file = stack.directory.path().join("env");
        let text =
            fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        stack.settings = text
            .lines()
            .filter_map(|line| line.trim().split_once('='))
            .map(|(name, value)| (name.to_owned(), value.trim_matches(['\'', '"']).to_owned()))
            .collect();
        Ok(stack)
    }

    /// Runs `stack/stack VERB ... --dir DIR`.
    ///
    /// # Errors
    /// If it does not exit with 0; its output is in the error.
    pub fn control(&self, arguments: &[&str]) -> Result<()> {
        let output = self
            .control_command(arguments)
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("starting {}", stack_program().display()))?;
        if !output.status.success() {
            bail!(
                "stack {} ended with {}:\n{}{}",
                arguments.join(" "),
                output.status,
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(())
    }

    fn control_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(stack_program());
        command.args(arguments).arg("--dir").arg(self.directory.path());
        command.envs(self.options.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Ends a server at once, as a crash does.
    ///
    /// # Errors
    /// If it is not one of the stack's.
    pub fn kill(&self, server: &str) -> Result<()> {
        self.control(&["kill", server])
    }

    /// Starts a server again that was killed, and waits until it answers.
    ///
    /// # Errors
    /// If it does not.
    pub fn start(&self, server: &str) -> Result<()> {
        self.control(&["start", server])
    }

    /// Makes a server stand still, alive but deaf, as an overloaded machine does.
    ///
    /// # Errors
    /// If it does not run.
    pub fn freeze(&self, server: &str) -> Result<()> {
        self.control(&["freeze", server])
    }

    /// Lets a server go on that was frozen.
    ///
    /// # Errors
    /// If it does not run.
    pub fn thaw(&self, server: &str) -> Result<()> {
        self.control(&["thaw", server])
    }

    /// Starts a server again with files that can't grow beyond `kilobytes`: writing fails then, as on a full disk.
    ///
    /// # Errors
    /// If it does not answer.
    pub fn start_with_small_files(&self, server: &str, kilobytes: u64) -> Result<()> {
        let limit = format!("ulimit -f {kilobytes}; exec \"$@\"");
        let mut command = Command::new("bash");
        command.args(["-c", &limit, "bash"]).arg(stack_program()).args(["start", server]);
        let output =
            command.arg("--dir").arg(self.directory.path()).stdin(Stdio::null()).output()?;
        if !output.status.success() {
            bail!("{server} does not start: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }

    /// Whether the process of a server is there, frozen or not.
    ///
    /// # Errors
    /// If the server was never started.
    pub fn runs(&self, server: &str) -> Result<bool> {
        let record = self.directory().join("run").join(format!("{server}.json"));
        let text = fs::read(&record).with_context(|| format!("reading {}", record.display()))?;
        let record: serde_json::Value = serde_json::from_slice(&text)?;
        let pid = record["pid"].as_u64().context("no pid in a record of a process")?;
        // Behind the name, which is in brackets, stands the state: Z and X are ends.
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let state = stat.rsplit_once(')').and_then(|(_, rest)| rest.trim_start().chars().next());
        Ok(state.is_some_and(|state| !matches!(state, 'Z' | 'X')))
    }

    /// Starts every server that does not run, on its own port and data.
    ///
    /// # Errors
    /// If one does not come back.
    pub fn revive(&self) -> Result<()> {
        self.control(&["up"])
    }

    /// Keeps the directory with logs and data when the servers are stopped.
    pub fn keep(&self) {
        self.keep.store(true, Ordering::Relaxed);
    }

    /// Whether every server runs.
    pub fn is_healthy(&self) -> bool {
        self.control(&["status"]).is_ok()
    }

    /// What `stack/stack status` prints: each server with its process and memory.
    ///
    /// # Errors
    /// If it can't be started.
    pub fn status(&self) -> Result<String> {
        let output = self.control_command(&["status"]).stdin(Stdio::null()).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// A line of the stack's `env` file.
    ///
    /// # Errors
    /// If it has no such line.
    pub fn setting(&self, name: &str) -> Result<&str> {
        self.settings
            .get(name)
            .map(String::as_str)
            .with_context(|| format!("the stack's env file has no {name}"))
    }

    /// All lines of the stack's `env` file and the environment it was started with.
    pub fn environment(&self) -> impl Iterator<Item = (&str, &str)> {
        let given =
            self.options.environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(given)
    }

    /// Where servers keep data and logs; free for files of the tests, too.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// What it was started with.
    pub fn options(&self) -> &StackOptions {
        &self.options
    }

    /// The programs that a user runs, connected to these servers.
    pub fn programs(&self) -> Programs<'_> {
        Programs::new(self)
    }

    /// Kafka.
    ///
    /// # Errors
    /// If the address is unknown.
    pub fn topics(&self) -> Result<Topics> {
        Topics::new(self.setting("KAFKA_BOOTSTRAP")?)
    }

    /// PostgreSQL.
    ///
    /// # Errors
    /// If it can't be connected to.
    pub fn tables(&self) -> Result<Tables> {
        Tables::connect(self)
    }

    /// An index of Elasticsearch.
    ///
    /// # Errors
    /// If the address is unknown.
    pub fn index(&self, name: &str) -> Result<Index> {
        Index::new(self.setting("ES_URL")?, name)
    }

    /// Flink.
    ///
    /// # Errors
    /// If the address is unknown.
    pub fn cluster(&self) -> Result<Cluster> {
        Cluster::new(self.setting("FLINK_URL")?)
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if let Err(error) = self.control(&["down"]) {
            eprintln!("servers may be left behind: {error:#}");
        }
        UP.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|directory| directory != self.directory.path());
        if self.keep.load(Ordering::Relaxed) {
            self.directory.disable_cleanup(true);
            eprintln!("kept {}", self.directory.path().display());
        }
    }
}

/// Takes every stack down and ends the process: an interrupt runs no destructors.
fn interrupted() {
    for directory in UP.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        let down = Command::new(stack_program()).args(["down", "--dir"]).arg(directory).status();
        let removed = fs::remove_dir_all(directory);
        if down.is_err() || removed.is_err() {
            eprintln!("servers may be left behind in {}", directory.display());
        }
    }
    std::process::exit(130);
}

fn stack_program() -> PathBuf {
    super::programs::project().join("stack/stack")
}
