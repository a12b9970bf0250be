//! One engine a process, and the clock by which it interrupts guests.

use crate::error::{Code, Error};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;
use wasmtime::{Config, Engine};

/// A guest is interrupted at the first tick after its deadline.
pub(crate) const TICK: Duration = Duration::from_millis(10);
/// Stack of a guest. Threads of the JVM have 1 MiB by default, and the JVM wants its part.
const STACK_BYTES: usize = 256 << 10;
/// Address space that each linear memory reserves, and the guard behind it. With all that 32 bits can reach reserved,
/// guests need no bounds checks: a stray access faults, which is cheaper than comparing each. It is address space and
/// not memory: under a limit on that (`ulimit -v`), instances cannot be made, and the error says so.
pub(crate) const RESERVED_BYTES: u64 = 4 << 30;
const GUARD_BYTES: u64 = 32 << 20;

/// The process's engine.
pub(crate) fn engine() -> Result<&'static Engine, Error> {
    static ENGINE: OnceLock<Result<Engine, Error>> = OnceLock::new();
    ENGINE.get_or_init(start).as_ref().map_err(Clone::clone)
}

fn start() -> Result<Engine, Error> {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .epoch_interruption(true)
        // a trapped component may not be entered again, but its memory can be read: there are its last words
        .coredump_on_trap(true)
        .signals_based_traps(true)
        .max_wasm_stack(STACK_BYTES)
        .memory_reservation(RESERVED_BYTES)
        .memory_guard_size(GUARD_BYTES);
    let engine = Engine::new(&config)
        .map_err(|e| Error::new(Code::Internal, format!("cannot start the WASM engine: {e:#}")))?;
    let ticked = engine.clone();
    thread::Builder::new()
        .name("wasm-deadlines".to_owned())
        .spawn(move || CLOCK.run(|| ticked.increment_epoch()))
        .map_err(|e| {
            Error::new(Code::Internal, format!("cannot start the thread that keeps deadlines: {e}"))
        })?;
    Ok(engine)
}

static CLOCK: Clock = Clock { watched: Mutex::new(0), changed: Condvar::new() };

/// Ticks as long as there is something to watch. The library is never unloaded, so the thread outlives the last job
/// of the process: then it sleeps until the next one.
struct Clock {
    watched: Mutex<usize>,
    changed: Condvar,
}

impl Clock {
    fn watched(&self) -> MutexGuard<'_, usize> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, mut tick: impl FnMut()) {
        loop {
            drop(
                self.changed
                    .wait_while(self.watched(), |watched| *watched == 0)
                    .unwrap_or_else(PoisonError::into_inner),
            );
            // this is the clock itself, not a wait for something to happen
            thread::sleep(TICK);
            tick();
        }
    }
}

/// While it lives, deadlines are kept.
pub(crate) struct Watch(&'static Clock);

impl Watch {
    pub(crate) fn new() -> Self {
        Self::of(&CLOCK)
    }

    fn of(clock: &'static Clock) -> Self {
        *clock.watched() += 1;
        clock.changed.notify_all();
        Self(clock)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        *self.0.watched() -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{RecvTimeoutError, sync_channel};

    #[test]
    fn the_clock_ticks_only_while_something_is_watched() {
        static CLOCK: Clock = Clock { watched: Mutex::new(0), changed: Condvar::new() };
        let (ticks, ticked) = sync_channel(0);
        thread::spawn(move || CLOCK.run(|| ticks.send(()).unwrap()));
        let patience = Duration::from_secs(10);

        assert_eq!(
            ticked.recv_timeout(TICK * 5),
            Err(RecvTimeoutError::Timeout),
            "nothing to watch"
        );
        let (one, other) = (Watch::of(&CLOCK), Watch::of(&CLOCK));
        drop(one);
        (0..3).for_each(|_| ticked.recv_timeout(patience).unwrap());
        drop(other);
        // the tick that was under way, and no other
        while ticked.recv_timeout(TICK * 5).is_ok() {}
        assert_eq!(ticked.recv_timeout(TICK * 5), Err(RecvTimeoutError::Timeout), "none any more");
        let _again = Watch::of(&CLOCK);
        ticked.recv_timeout(patience).unwrap();
    }
}
