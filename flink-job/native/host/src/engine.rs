//! One engine a process, and the clock by which it interrupts guests.

use crate::error::{Code, Error};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;
use wasmtime::{Config, Engine};

/// A guest is interrupted at the first tick after its deadline.
pub(crate) const TICK: Duration = Duration::from_millis(10);
/// Stack of a guest. Threads of the JVM have 1 MiB by default, and the JVM wants its part.
const STACK_BYTES: usize = 256 << 10;

/// The process's engine.
pub(crate) fn engine() -> Result<&'static Engine, Error> {
    static ENGINE: OnceLock<Result<Engine, Error>> = OnceLock::new();
    ENGINE.get_or_init(start).as_ref().map_err(Clone::clone)
}

fn start() -> Result<Engine, Error> {
    let mut config = Config::new();
    config.epoch_interruption(true).max_wasm_stack(STACK_BYTES).wasm_component_model(true);
    let engine = Engine::new(&config)
        .map_err(|e| Error::new(Code::Internal, format!("cannot start the WASM engine: {e:#}")))?;
    let ticked = engine.clone();
    thread::Builder::new()
        .name("wasm-deadlines".to_owned())
        .spawn(move || {
            loop {
                // this is the clock itself, not a wait for something to happen
                thread::sleep(TICK);
                ticked.increment_epoch();
            }
        })
        .map_err(|e| {
            Error::new(Code::Internal, format!("cannot start the thread that keeps deadlines: {e}"))
        })?;
    Ok(engine)
}
