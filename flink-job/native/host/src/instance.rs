//! One instance of a component: limits, deadline, and a new one after a trap.

use crate::component::{Kind, Source, compiled};
use crate::engine::{TICK, engine};
use crate::error::{Code, Error};
use std::time::{Duration, Instant};
use wasmtime::component::{Component, Linker};
use wasmtime::{ResourceLimiter, Store, Trap};

/// What an instance may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory. Bytes.
    pub memory_bytes: usize,
    /// The longest that one call may take; exceeded by at most 10 ms.
    pub deadline: Duration,
}

impl Default for Limits {
    /// 256 MiB and one second: a batch of 1,024 values takes about two milliseconds and 4 MiB.
    fn default() -> Self {
        Self { memory_bytes: 256 << 20, deadline: Duration::from_secs(1) }
    }
}

/// Counts what a store takes, and remembers whether it was refused something.
pub(crate) struct Quota {
    memory_bytes: usize,
    refused: bool,
}

impl ResourceLimiter for Quota {
    fn memory_growing(
        &mut self,
        _: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.refused |= desired > self.memory_bytes;
        Ok(desired <= self.memory_bytes)
    }

    fn table_growing(
        &mut self,
        _: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= 100_000)
    }
}

/// A world of the contract, as bindings.
pub(crate) trait World: Sized {
    const KIND: Kind;
    fn instantiate(
        store: &mut Store<Quota>,
        component: &Component,
        linker: &Linker<Quota>,
    ) -> wasmtime::Result<Self>;
    fn configure(
        &self,
        store: &mut Store<Quota>,
        settings: &[(String, String)],
    ) -> wasmtime::Result<Result<(), String>>;
}

/// A component with an instance of it that is remade after a trap.
pub(crate) struct Instance<W> {
    slot: String,
    component: Component,
    settings: Vec<(String, String)>,
    limits: Limits,
    live: Option<(Store<Quota>, W)>,
    nanos: u64,
    traps: u64,
}

impl<W: World> Instance<W> {
    /// Compiles, checks and configures.
    pub(crate) fn new(source: &Source, limits: Limits) -> Result<Self, Error> {
        let component = compiled(source, W::KIND)?;
        let mut instance = Self {
            slot: source.slot.clone(),
            component,
            settings: source.settings.clone(),
            limits,
            live: None,
            nanos: 0,
            traps: 0,
        };
        instance.live = Some(instance.make()?);
        Ok(instance)
    }

    fn make(&self) -> Result<(Store<Quota>, W), Error> {
        let quota = Quota { memory_bytes: self.limits.memory_bytes, refused: false };
        let mut store = Store::new(engine()?, quota);
        store.limiter(|quota| quota);
        self.arm(&mut store);
        let linker = Linker::new(self.component.engine());
        let world = W::instantiate(&mut store, &self.component, &linker)
            .map_err(|e| self.fault(&store, "cannot be instantiated", &e))?;
        self.arm(&mut store);
        let configured = world
            .configure(&mut store, &self.settings)
            .map_err(|e| self.fault(&store, "failed in configure", &e))?;
        configured.map_err(|sentence| {
            Error::new(
                Code::Setting,
                format!("component {} refuses its settings: {sentence}", self.slot),
            )
        })?;
        Ok((store, world))
    }

    fn arm(&self, store: &mut Store<Quota>) {
        let ticks = self.limits.deadline.as_millis().div_ceil(TICK.as_millis()).max(1);
        // one more: the tick that is under way may end at once
        store.set_epoch_deadline(u64::try_from(ticks).unwrap_or(u64::MAX / 2) + 1);
    }

    /// Calls the component, and checks what it gave back. A failed call costs the instance, not the component.
    pub(crate) fn call<R>(
        &mut self,
        function: &str,
        call: impl FnOnce(&W, &mut Store<Quota>) -> wasmtime::Result<R>,
        check: impl FnOnce(&R) -> Result<(), String>,
    ) -> Result<R, Error> {
        let (mut store, world) = match self.live.take() {
            Some(live) => live,
            None => self.make()?,
        };
        self.arm(&mut store);
        let start = Instant::now();
        let called = call(&world, &mut store);
        self.nanos += u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let checked = match called {
            Ok(output) => check(&output).map(|()| output).map_err(|sentence| {
                let message = format!(
                    "component {}, {function}: the output is inconsistent: {sentence}",
                    self.slot
                );
                Error::new(Code::Output, message)
            }),
            Err(error) => Err(self.fault(&store, &format!("failed in {function}"), &error)),
        };
        match &checked {
            Ok(_) => self.live = Some((store, world)),
            Err(_) => self.traps += 1,
        }
        checked
    }

    fn fault(&self, store: &Store<Quota>, what: &str, error: &wasmtime::Error) -> Error {
        let (code, why) = match error.downcast_ref::<Trap>() {
            Some(Trap::Interrupt) => (
                Code::Deadline,
                format!("took longer than {} ms", self.limits.deadline.as_millis()),
            ),
            _ if store.data().refused => {
                (Code::Memory, format!("wanted more than {} bytes", self.limits.memory_bytes))
            }
            Some(trap) => (Code::Trap, trap.to_string()),
            None => (Code::Trap, error.root_cause().to_string()),
        };
        Error::new(code, format!("component {} {what}: {why}", self.slot))
    }

    /// The slot that the component fills.
    pub(crate) fn slot(&self) -> &str {
        &self.slot
    }

    /// Time spent in calls so far, in nanoseconds, and the number of calls that failed.
    pub(crate) fn spent(&self) -> (u64, u64) {
        (self.nanos, self.traps)
    }
}
