//! Compiling components: once a process, within bounds of size and time.
//!
//! The compiler has no limits of its own, and cannot be interrupted. So what is too large is not given to it, and it works
//! on a thread of its own, which is waited for as long as is sensible: whoever loads the component is free then, and
//! whoever loads another one never waits for this one.

use crate::component::digest;
use crate::engine::engine;
use crate::error::{Code, Error};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;
use wasmparser::{Parser, Payload};
use wasmtime::component::Component;

/// The components of this project have 70 to 150 KB.
const MAX_BYTES: usize = 32 << 20;
/// The time to compile a function can grow with the square of its length; the longest of this project have some 20 KB.
const MAX_FUNCTION_BYTES: usize = 512 << 10;
const MAX_FUNCTIONS: usize = 100_000;
/// Globals and tables are memory that no limit counts.
const MAX_GLOBALS: u32 = 10_000;
pub(crate) const MAX_TABLE: u64 = 100_000;
/// A component of this project takes 0.1 s on an idle core; a busy machine is allowed a lot.
const PATIENCE: Duration = Duration::from_secs(60);

type Outcome = Result<Component, Error>;

/// One compilation, for everyone who waits for it.
#[derive(Default)]
struct Compilation {
    outcome: Mutex<Option<Outcome>>,
    done: Condvar,
    runs: AtomicU32,
}

/// What this process has compiled or is compiling, by digest.
fn cache() -> MutexGuard<'static, HashMap<String, Arc<Compilation>>> {
    static CACHE: OnceLock<Mutex<HashMap<String, Arc<Compilation>>>> = OnceLock::new();
    CACHE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

/// How often this process has compiled a component's bytes: once, however many load it.
#[must_use]
pub fn compilations(wasm: &[u8]) -> u32 {
    cache().get(&digest(wasm)).map_or(0, |compilation| compilation.runs.load(Ordering::Relaxed))
}

/// The compiled component. What is wrong with it is said without its slot.
pub(crate) fn of(wasm: &[u8]) -> Outcome {
    check_size(wasm)?;
    let engine = engine()?;
    // the lock is held to look and to enter, not while something is compiled
    let compilation = match cache().entry(digest(wasm)) {
        Entry::Occupied(entry) => Arc::clone(entry.get()),
        Entry::Vacant(entry) => {
            let wasm = wasm.to_vec();
            let compile = move || {
                Component::from_binary(engine, &wasm).map_err(|e| not_a_component(&wasm, &e))
            };
            Arc::clone(entry.insert(Compilation::start(compile)?))
        }
    };
    compilation.wait(PATIENCE)
}

impl Compilation {
    fn start(compile: impl FnOnce() -> Outcome + Send + 'static) -> Result<Arc<Self>, Error> {
        let this = Arc::new(Self::default());
        let compiling = Arc::clone(&this);
        let work = move || {
            compiling.runs.fetch_add(1, Ordering::Relaxed);
            let outcome = catch_unwind(AssertUnwindSafe(compile)).unwrap_or_else(|_| {
                Err(Error::new(Code::Internal, "the compiler panicked over the file"))
            });
            *compiling.outcome() = Some(outcome);
            compiling.done.notify_all();
        };
        thread::Builder::new().name("wasm-compiler".to_owned()).spawn(work).map_err(|e| {
            Error::new(Code::Internal, format!("cannot start a thread to compile on: {e}"))
        })?;
        Ok(this)
    }

    fn outcome(&self) -> MutexGuard<'_, Option<Outcome>> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, patience: Duration) -> Outcome {
        let waited = self.done.wait_timeout_while(self.outcome(), patience, |o| o.is_none());
        let (outcome, _) = waited.unwrap_or_else(PoisonError::into_inner);
        outcome.clone().unwrap_or_else(|| {
            let message = format!(
                "the file is still being compiled after {} s; make its functions smaller",
                patience.as_secs()
            );
            Err(Error::new(Code::Deadline, message))
        })
    }
}

/// Refuses what the compiler would be busy with for long. Whether it is right is the compiler's to say.
fn check_size(wasm: &[u8]) -> Result<(), Error> {
    let refused = |found| Err(Error::new(Code::Contract, format!("the file {found}")));
    if wasm.len() > MAX_BYTES {
        return refused(format!("has {} bytes, at most {MAX_BYTES} are taken", wasm.len()));
    }
    let (mut functions, mut globals) = (0, 0);
    for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
        match payload {
            Payload::CodeSectionEntry(body) => {
                functions += 1;
                let length = body.as_bytes().len();
                if length > MAX_FUNCTION_BYTES {
                    return refused(format!(
                        "has a function of {length} bytes, at most {MAX_FUNCTION_BYTES} are taken"
                    ));
                }
            }
            Payload::GlobalSection(section) => globals += section.count(),
            Payload::TableSection(section) => {
                let sizes = section.into_iter().map_while(Result::ok).map(|t| t.ty.initial);
                if let Some(size) = sizes.max().filter(|&size| size > MAX_TABLE) {
                    return refused(format!(
                        "has a table of {size} entries, at most {MAX_TABLE} are taken"
                    ));
                }
            }
            _ => {}
        }
        if functions > MAX_FUNCTIONS {
            return refused(format!("has more than {MAX_FUNCTIONS} functions"));
        }
        if globals > MAX_GLOBALS {
            return refused(format!("has {globals} globals, at most {MAX_GLOBALS} are taken"));
        }
    }
    Ok(())
}

fn not_a_component(wasm: &[u8], error: &wasmtime::Error) -> Error {
    let what = match wasm.get(..8) {
        Some(b"\0asm\x01\0\0\0") => {
            "is a core WASM module, not a component; wrap it (cargo run -p componentize)".to_owned()
        }
        Some(start) if start.starts_with(b"\0asm") => format!("cannot be compiled: {error:#}"),
        _ => format!("is no WASM component ({} bytes that do not begin with \\0asm)", wasm.len()),
    };
    Error::new(Code::Contract, format!("the file {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn who_waits_for_a_compilation_without_end_is_free_after_a_while() {
        let (release, released) = channel::<()>();
        let compilation = Compilation::start(move || {
            let _ = released.recv();
            Err(Error::new(Code::Contract, "at last"))
        })
        .unwrap();
        for _ in 0..2 {
            let error = compilation.wait(Duration::ZERO).map(drop).unwrap_err();
            assert_eq!(error.code, Code::Deadline);
            assert!(error.message.contains("is still being compiled after 0 s"), "{error}");
        }
        // nobody who loads another component waits for this one
        assert!(of(b"\0asm").is_err());
        release.send(()).unwrap();
        let error = compilation.wait(PATIENCE).map(drop).unwrap_err();
        assert_eq!(error.message, "at last");
    }

    #[test]
    fn a_compiler_that_panics_is_an_error_for_everyone() {
        let compilation = Compilation::start(|| panic!("a fault of the compiler's")).unwrap();
        for _ in 0..2 {
            let error = compilation.wait(PATIENCE).map(drop).unwrap_err();
            assert_eq!(error.code, Code::Internal, "{error}");
        }
    }
}
