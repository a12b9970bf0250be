//! `make chaos`: faults at random moments on servers of its own, and every row compared in the end.
//!
//! `chaos random` takes `SEED` (1), which makes another plan, `FAULTS` (100), how many, `MINUTES` (40), how long they may
//! take, and `RATE` (200), records a second. `chaos outages`: each server behind the job is away for `MINUTES` (10), then
//! all of them at once. The table goes to standard output and, as JSON, to `target/chaos/SEED.json`. `CHAOS_VERBOSE` shows
//! each fault as it strikes, also where standard error is no terminal.
#![allow(clippy::print_stdout, reason = "the table is data")]

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use e2e::chaos::{Faults, Settings, run};
use e2e::harness::{Stack, StackOptions};

const SHOWN: usize = 20;

fn main() -> Result<ExitCode> {
    let usual = Settings::default();
    let (faults, name) = match std::env::args().nth(1).as_deref() {
        None | Some("random") => {
            let (count, minutes) = (setting("FAULTS", 100)?, setting("MINUTES", 40.0)?);
            (Faults::Random { count, minutes }, "")
        }
        Some("outages") => (Faults::Outages { minutes: setting("MINUTES", 10.0)? }, "outages-"),
        Some(other) => bail!("{other} is neither random nor outages"),
    };
    let (seed, rate) = (setting("SEED", usual.seed)?, setting("RATE", usual.rate)?);
    let settings = Settings { seed, faults, rate };
    let stack = Stack::up(StackOptions::default())?;
    let keep = || {
        stack.keep();
        eprintln!("logs and data stay in {}", stack.directory().display());
        eprintln!("the same faults again: {}", settings.again());
    };
    let table = run(&stack, &settings).inspect_err(|_| keep())?;
    println!("{table}");
    let folder = Path::new("target/chaos");
    fs::create_dir_all(folder)?;
    let file = folder.join(format!("{name}{seed}.json"));
    fs::write(file, serde_json::to_string_pretty(&table.json())?)?;
    if table.is_good() {
        return Ok(ExitCode::SUCCESS);
    }
    table.wrong().iter().take(SHOWN).for_each(|line| eprintln!("{line}"));
    keep();
    Ok(ExitCode::FAILURE)
}

fn setting<T: FromStr>(name: &str, usual: T) -> Result<T>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    match std::env::var(name) {
        Ok(text) if !text.is_empty() => text.parse().with_context(|| format!("{name} is {text}")),
        _ => Ok(usual),
    }
}
