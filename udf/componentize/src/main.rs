//! `componentize --out DIR GUEST...`: builds guest crates and wraps them as components.

use anyhow::Result;
use clap::Parser;
use std::path::PathBuf;

/// Builds guest crates for wasm32-unknown-unknown and wraps them as components.
#[derive(Parser)]
struct Args {
    /// Folder that the components are written to, each as GUEST.wasm
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Guest crates of this workspace
    #[arg(required = true, value_name = "GUEST")]
    guests: Vec<String>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let guests: Vec<&str> = args.guests.iter().map(String::as_str).collect();
    for path in componentize::build(&guests, &args.out)? {
        eprintln!("{:>8} bytes  {}", std::fs::metadata(&path)?.len(), path.display());
    }
    Ok(())
}
