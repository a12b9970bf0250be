//! `crimes completions` and `crimes man`, made from the definitions that parse the command line.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::session::{Session, finish};

/// Options of `crimes completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsOptions {
    /// The shell, for instance: crimes completions bash > ~/.local/share/bash-completion/completions/crimes
    shell: Shell,
}

/// Options of `crimes man`.
#[derive(Debug, Args)]
pub(crate) struct ManOptions {
    /// Write one page for each subcommand into this folder instead
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// Prints a completion script.
pub(crate) fn completions(options: &CompletionsOptions, session: &Session) -> anyhow::Result<Exit> {
    // The generator panics when its writer fails, so it writes into memory.
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Arguments::command(), "crimes", &mut script);
    let mut data = session.data();
    data.write_all(&script).context("cannot write to standard output")?;
    finish(data)?;
    Ok(Exit::Done)
}

/// Prints the manual page, or writes all of them.
pub(crate) fn man(options: &ManOptions, session: &Session) -> anyhow::Result<Exit> {
    if let Some(folder) = &options.out {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        clap_mangen::generate_to(Arguments::command(), folder)
            .with_context(|| format!("cannot write manual pages into {}", folder.display()))?;
        return Ok(Exit::Done);
    }
    let mut data = session.data();
    clap_mangen::Man::new(Arguments::command())
        .render(&mut data)
        .context("cannot write to standard output")?;
    finish(data)?;
    Ok(Exit::Done)
}
