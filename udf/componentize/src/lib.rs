//! Builds guest crates for `wasm32-unknown-unknown` and wraps them as components.
//!
//! A guest is a `cdylib` of the workspace whose bindings come from `udf/wit`. Cargo gives a core module with the contract
//! in a custom section; `wit-component` makes a component of it. No tool has to be installed for that.

use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};
use wit_component::ComponentEncoder;

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "guest";

/// Builds the guest crates named in `packages` and writes `OUT/<package>.wasm` for each; gives the paths in that order.
///
/// The workspace is the one in which this crate lies. Cargo's own settings (`CARGO`, `CARGO_TARGET_DIR`) hold.
///
/// # Errors
/// Where cargo fails (its words are on stderr), a guest is no component of the contract, or a file cannot be written.
pub fn build(packages: &[&str], out: &Path) -> Result<Vec<PathBuf>> {
    ensure!(!packages.is_empty(), "no guest crate is named");
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    // a relative folder is the workspace's: where cargo was called, a program that it runs does not know
    let target = workspace.join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()));
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(&workspace).args([
        "build",
        "--quiet",
        "--locked",
        "--profile",
        PROFILE,
        "--target",
        TARGET,
    ]);
    cargo.arg("--target-dir").arg(&target);
    for package in packages {
        cargo.args(["-p", package]);
    }
    let status = cargo.status().context("cannot run cargo")?;
    if !status.success() {
        let why = match is_installed(&workspace, TARGET) {
            Ok(false) => {
                format!("the compiler lacks that target, install it: rustup target add {TARGET}")
            }
            _ => "its words are above".to_owned(),
        };
        bail!("cargo could not build {} for {TARGET} ({status}): {why}", packages.join(", "));
    }
    fs::create_dir_all(out).with_context(|| format!("cannot make the folder {}", out.display()))?;
    packages.iter().map(|package| wrap(package, &target.join(TARGET).join(PROFILE), out)).collect()
}

/// Whether the compiler of the workspace has the standard library of a target.
fn is_installed(workspace: &Path, target: &str) -> Result<bool> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let asked = Command::new(rustc)
        .current_dir(workspace)
        .args(["--print", "target-libdir", "--target", target])
        .output()
        .context("cannot run rustc")?;
    let folder =
        String::from_utf8(asked.stdout).context("rustc names a folder that is no UTF-8")?;
    Ok(asked.status.success() && Path::new(folder.trim()).is_dir())
}

fn wrap(package: &str, built: &Path, out: &Path) -> Result<PathBuf> {
    let file = format!("{}.wasm", package.replace('-', "_"));
    let module = fs::read(built.join(&file))
        .with_context(|| format!("{package} is no cdylib: no {file} was built"))?;
    let component = ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|encoder| encoder.encode())
        .with_context(|| format!("{package} does not follow the contract in udf/wit"))?;
    let path = out.join(format!("{package}.wasm"));
    // whole or not at all: a build that is cut off leaves no half component behind
    let part = out.join(format!(".{package}.wasm.{}", std::process::id()));
    fs::write(&part, &component)
        .and_then(|()| fs::rename(&part, &path))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_target_is_told_from_an_installed_one() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert!(is_installed(here, TARGET).unwrap());
        assert!(!is_installed(here, "armebv7r-none-eabi").unwrap());
        assert!(!is_installed(here, "no-such-target").unwrap());
    }
}
