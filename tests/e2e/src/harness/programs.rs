//! The programs that a user runs: `crimes` and Flink's own `flink`.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

use super::Stack;

/// The project's root directory.
pub(super) fn project() -> PathBuf {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    manifest.ancestors().nth(2).unwrap_or(Path::new(".")).to_owned()
}

/// What a program wrote and how it ended.
#[derive(Debug)]
pub struct Output {
    /// how it ended
    pub status: ExitStatus,
    /// standard output
    pub stdout: String,
    /// standard error
    pub stderr: String,
}

impl Output {
    /// Itself, if it ended with 0.
    ///
    /// # Errors
    /// With all that the program wrote.
    pub fn success(self) -> Result<Self> {
        if !self.status.success() {
            bail!("it ended with {}:\n{}{}", self.status, self.stdout, self.stderr);
        }
        Ok(self)
    }

    /// Itself, if it ended with neither 0 nor a signal nor a panic.
    ///
    /// # Errors
    /// With all that the program wrote.
    pub fn failure(self) -> Result<Self> {
        let panicked = self.stderr.contains("panicked at");
        if self.status.success() || self.status.code().is_none() || panicked {
            bail!(
                "expected a failure that is told, got {}:\n{}{}",
                self.status,
                self.stdout,
                self.stderr
            );
        }
        Ok(self)
    }
}

/// Runs programs with the stack's settings in their environment.
#[derive(Debug, Clone, Copy)]
pub struct Programs<'a> {
    stack: &'a Stack,
}

impl<'a> Programs<'a> {
    pub(super) fn new(stack: &'a Stack) -> Self {
        Self { stack }
    }

    /// `crimes ARGUMENTS`, not yet started.
    ///
    /// # Errors
    /// If it is not built.
    pub fn crimes(&self, arguments: &[&str]) -> Result<Command> {
        Ok(self.command(existing(&built("crimes")?)?, arguments))
    }

    /// `componentize ARGUMENTS`, not yet started.
    ///
    /// # Errors
    /// If it is not built.
    pub fn componentize(&self, arguments: &[&str]) -> Result<Command> {
        Ok(self.command(existing(&built("componentize")?)?, arguments))
    }

    /// `flink ARGUMENTS` of the stack's Flink, not yet started.
    ///
    /// # Errors
    /// If the stack says nothing of its Flink.
    pub fn flink(&self, arguments: &[&str]) -> Result<Command> {
        let program = Path::new(self.stack.setting("FLINK_HOME")?).join("bin/flink");
        Ok(self.command(existing(&program)?, arguments))
    }

    /// The jar of the job.
    ///
    /// # Errors
    /// If it is not built.
    pub fn jar(&self) -> Result<PathBuf> {
        existing(&project().join("flink-job/target/crimes-job.jar")).map(Path::to_owned)
    }

    /// The jar of the job that provokes the JVM.
    ///
    /// # Errors
    /// If it is not built.
    pub fn provocation(&self) -> Result<PathBuf> {
        existing(&project().join("flink-job/target/crimes-job-plain-provocation.jar"))
            .map(Path::to_owned)
    }

    /// The jar of the same tables by hand-written Java, for the benchmark.
    ///
    /// # Errors
    /// If it is not built.
    pub fn rival(&self) -> Result<PathBuf> {
        existing(&project().join("flink-job/target/crimes-job-plain-rival.jar")).map(Path::to_owned)
    }

    /// What the rival writes to Postgres with.
    ///
    /// # Errors
    /// If it is not there.
    pub fn rivals_connector(&self) -> Result<PathBuf> {
        existing(&project().join("flink-job/target/rival/flink-connector-jdbc.jar"))
            .map(Path::to_owned)
    }

    fn command(&self, program: impl AsRef<OsStr>, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).envs(self.stack.environment()).stdin(Stdio::null());
        command
    }
}

/// A program of this workspace: this test is `target/PROFILE/deps/e2e-HASH`, the program `target/PROFILE/NAME`.
fn built(name: &str) -> Result<PathBuf> {
    let this = std::env::current_exe()?;
    let profile = this.ancestors().nth(2).context("nowhere to look for programs")?;
    Ok(profile.join(name))
}

fn existing(path: &Path) -> Result<&Path> {
    if !path.exists() {
        bail!("{} is not there: `make build` makes it", path.display());
    }
    Ok(path)
}

/// Starting and waiting, with the whole output in hand.
pub trait Run {
    /// Runs it to its end.
    ///
    /// # Errors
    /// If it can't be started.
    fn run(&mut self) -> Result<Output>;

    /// Runs it to its end with `input` on standard input.
    ///
    /// # Errors
    /// If it can't be started.
    fn run_with(&mut self, input: &[u8]) -> Result<Output>;

    /// Starts it; [`finish`] waits for it.
    ///
    /// # Errors
    /// If it can't be started.
    fn start(&mut self) -> Result<Child>;
}

impl Run for Command {
    fn run(&mut self) -> Result<Output> {
        finish(self.start()?)
    }

    fn run_with(&mut self, input: &[u8]) -> Result<Output> {
        let mut child = self.stdin(Stdio::piped()).start()?;
        let mut pipe = child.stdin.take().context("no pipe to its standard input")?;
        std::thread::scope(|scope| {
            // A program that gives up early closes the pipe; what matters is how it ends.
            scope.spawn(move || pipe.write_all(input).ok());
            finish(child)
        })
    }

    fn start(&mut self) -> Result<Child> {
        self.stdout(Stdio::piped()).stderr(Stdio::piped());
        self.spawn().with_context(|| format!("starting {}", self.get_program().display()))
    }
}

/// Waits for a program that was started.
///
/// # Errors
/// If its output can't be read.
pub fn finish(child: Child) -> Result<Output> {
    let output = child.wait_with_output()?;
    Ok(Output {
        status: output.status,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
