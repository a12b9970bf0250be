//! One instance of a component: limits, deadline, and a new one after a trap.

use crate::component::{Kind, Source, compiled};
use crate::engine::{RESERVED_BYTES, TICK, Watch, engine};
use crate::error::{Code, Error, said};
use crate::last_words;
use crate::quota::{Limits, Quota};
use std::time::{Duration, Instant};
use wasmtime::component::{InstancePre, Linker};
use wasmtime::{Store, Trap};

/// A world of the contract, as bindings.
pub(crate) trait World: Sized {
    const KIND: Kind;
    /// A component whose exports are known to have this world's types.
    type Linked;
    fn link(component: InstancePre<Quota>) -> wasmtime::Result<Self::Linked>;
    fn instantiate(linked: &Self::Linked, store: &mut Store<Quota>) -> wasmtime::Result<Self>;
    fn configure(
        &self,
        store: &mut Store<Quota>,
        settings: &[(String, String)],
    ) -> wasmtime::Result<Result<(), String>>;
}

/// A component with an instance of it that is remade after a trap.
pub(crate) struct Instance<W: World> {
    slot: String,
    linked: W::Linked,
    settings: Vec<(String, String)>,
    limits: Limits,
    live: Option<(Store<Quota>, W)>,
    spent: Spent,
    _watch: Watch,
}

/// What the calls of a component have cost so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    /// Time in calls.
    pub(crate) time: Duration,
    /// The part of it that went into calls that failed, with making new instances.
    pub(crate) lost: Duration,
    /// Calls that failed.
    pub(crate) traps: u64,
}

impl<W: World> Instance<W> {
    /// Compiles, checks and configures.
    pub(crate) fn new(source: &Source, limits: Limits) -> Result<Self, Error> {
        let component = compiled(source, W::KIND)?;
        let linked = Linker::new(component.engine())
            .instantiate_pre(&component)
            .and_then(W::link)
            .map_err(|e| {
                let message = format!(
                    "component {} exports {} with other types than this host's: {e:#}",
                    source.slot,
                    W::KIND.interface()
                );
                Error::new(Code::Contract, message)
            })?;
        let mut instance = Self {
            slot: source.slot.clone(),
            linked,
            settings: source.settings.clone(),
            limits,
            live: None,
            spent: Spent::default(),
            _watch: Watch::new(),
        };
        instance.live = Some(instance.make()?);
        Ok(instance)
    }

    fn make(&self) -> Result<(Store<Quota>, W), Error> {
        let mut store = Store::new(engine()?, Quota::new(self.limits));
        store.limiter(|quota| quota);
        // what a call gives back is copied into the host: no more than may be in the guest's memory, however often
        // the guest names the same bytes
        store.set_hostcall_fuel(self.limits.memory_bytes);
        let deadline = self.limits.deadline;
        arm(&mut store, deadline);
        let world = W::instantiate(&self.linked, &mut store)
            .map_err(|e| self.not_instantiated(&mut store, deadline, &e))?;
        arm(&mut store, deadline);
        let configured = world
            .configure(&mut store, &self.settings)
            .map_err(|e| self.fault(&mut store, deadline, "failed in configure", &e))?;
        configured.map_err(|sentence| {
            Error::new(
                Code::Setting,
                format!("component {} refuses its settings: {}", self.slot, said(&sentence)),
            )
        })?;
        Ok((store, world))
    }

    /// Why there is no instance: the component's own code, or there is no room for its memories.
    fn not_instantiated(
        &self,
        store: &mut Store<Quota>,
        deadline: Duration,
        error: &wasmtime::Error,
    ) -> Error {
        let mut fault = self.fault(store, deadline, "cannot be instantiated", error);
        if !error.is::<Trap>() && fault.code == Code::Trap {
            fault.code = Code::Memory;
            fault.message += &format!(
                " (each of its memories reserves {} GiB of address space, which ulimit -v can forbid)",
                RESERVED_BYTES >> 30
            );
        }
        fault
    }

    /// A new instance after a fault. What made the first one makes this one too, so where it does not the machine is at
    /// fault and no record.
    fn remake(&self) -> Result<(Store<Quota>, W), Error> {
        self.make().map_err(|e| {
            Error::new(Code::Internal, format!("no new instance after a fault: {}", e.message))
        })
    }

    /// Calls the component, and checks what it gave back. A failed call costs the instance, not the component.
    pub(crate) fn call<R>(
        &mut self,
        function: &str,
        call: impl FnOnce(&W, &mut Store<Quota>) -> wasmtime::Result<R>,
        check: impl FnOnce(&R) -> Result<(), String>,
    ) -> Result<R, Error> {
        self.call_within(self.limits.deadline, function, call, check)
    }

    /// The same under a deadline of its own.
    pub(crate) fn call_within<R>(
        &mut self,
        deadline: Duration,
        function: &str,
        call: impl FnOnce(&W, &mut Store<Quota>) -> wasmtime::Result<R>,
        check: impl FnOnce(&R) -> Result<(), String>,
    ) -> Result<R, Error> {
        let start = Instant::now();
        let (mut store, world) = match self.live.take() {
            Some(live) => live,
            None => self.remake()?,
        };
        store.data_mut().refused = false;
        arm(&mut store, deadline);
        let called = call(&world, &mut store);
        let checked = match called {
            Ok(output) => check(&output).map(|()| output).map_err(|sentence| {
                let message = format!(
                    "component {}, {function}: the output is inconsistent: {sentence}",
                    self.slot
                );
                Error::new(Code::Output, message)
            }),
            Err(error) => {
                Err(self.fault(&mut store, deadline, &format!("failed in {function}"), &error))
            }
        };
        let time = start.elapsed();
        self.spent.time += time;
        match &checked {
            Ok(_) => self.live = Some((store, world)),
            Err(_) => {
                self.spent.traps += 1;
                self.spent.lost += time;
            }
        }
        checked
    }

    fn fault(
        &self,
        store: &mut Store<Quota>,
        deadline: Duration,
        what: &str,
        error: &wasmtime::Error,
    ) -> Error {
        let (code, why) = match error.downcast_ref::<Trap>() {
            Some(Trap::Interrupt) => {
                (Code::Deadline, format!("took longer than {} ms", deadline.as_millis()))
            }
            _ if store.data().refused => {
                (Code::Memory, format!("wanted more than {} bytes", self.limits.memory_bytes))
            }
            trap => {
                let why = trap.map_or_else(|| error.root_cause().to_string(), ToString::to_string);
                (Code::Trap, last_words::of(error, store).unwrap_or(why))
            }
        };
        Error::new(code, format!("component {} {what}: {why}", self.slot))
    }

    /// The slot that the component fills.
    pub(crate) fn slot(&self) -> &str {
        &self.slot
    }

    /// What it may use.
    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// What its calls have cost so far.
    pub(crate) fn spent(&self) -> Spent {
        self.spent
    }
}

fn arm(store: &mut Store<Quota>, deadline: Duration) {
    store.set_epoch_deadline(ticks(deadline));
}

/// The tick at which a call that begins now is interrupted.
fn ticks(deadline: Duration) -> u64 {
    let ticks = deadline.as_millis().div_ceil(TICK.as_millis()).max(1);
    // one more: the tick that is under way may end at once
    u64::try_from(ticks).unwrap_or(u64::MAX / 2) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A call that begins between two ticks is interrupted after its deadline, and at most two ticks later.
    #[test]
    fn a_deadline_is_exceeded_by_at_most_two_ticks() {
        for millis in [0, 1, 5, 9, 10, 11, 50, 999, 1000, 3_600_000] {
            let deadline = Duration::from_millis(millis);
            let ticks = u32::try_from(ticks(deadline)).unwrap();
            // begun just before a tick, or just after one
            let (shortest, longest) = (TICK * (ticks - 1), TICK * ticks);
            assert!(shortest >= deadline, "{millis} ms: {shortest:?}");
            assert!(longest <= deadline + 2 * TICK, "{millis} ms: {longest:?}");
        }
    }
}
