//! Objects that Java holds by handle.
//!
//! A handle is a number, not a pointer: the kind of the object, the place in its kind's table, and a generation that
//! changes when the place is used again. So a stale, forged or foreign handle is found out, and an object that one
//! thread closes while another uses it lives until that use is over.

use crate::fault::{Fault, wrong};
use component_host::{Code, Error};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

const KIND_SHIFT: u32 = 56;
const GENERATION_SHIFT: u32 = 32;
const LAST_GENERATION: u32 = (1 << (KIND_SHIFT - GENERATION_SHIFT)) - 1;

/// What a handle names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Ingest = 1,
    Aggregate = 2,
    EventTimes = 3,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Ingest => "Ingest",
            Self::Aggregate => "Aggregate",
            Self::EventTimes => "EventTimes",
        }
    }
}

struct Place<T> {
    generation: u32,
    object: Option<Arc<T>>,
}

struct Places<T> {
    all: Vec<Place<T>>,
    free: Vec<usize>,
}

/// All open objects of one kind.
pub(crate) struct Registry<T> {
    kind: Kind,
    places: Mutex<Places<T>>,
}

impl<T> Registry<T> {
    pub(crate) const fn new(kind: Kind) -> Self {
        Self { kind, places: Mutex::new(Places { all: Vec::new(), free: Vec::new() }) }
    }

    /// Takes an object in, and names it. Never zero, never negative.
    pub(crate) fn open(&self, object: T) -> Result<i64, Fault> {
        let mut places = self.places();
        let index = match places.free.pop() {
            Some(index) => index,
            None => {
                places.all.push(Place { generation: 1, object: None });
                places.all.len() - 1
            }
        };
        let number = i64::from(
            u32::try_from(index).map_err(|_| wrong("there are too many open components"))?,
        );
        let place = &mut places.all[index];
        place.object = Some(Arc::new(object));
        Ok(((self.kind as i64) << KIND_SHIFT)
            | (i64::from(place.generation) << GENERATION_SHIFT)
            | number)
    }

    /// The object of a handle.
    pub(crate) fn get(&self, handle: i64) -> Result<Arc<T>, Fault> {
        let places = self.places();
        let index = self.find(&places, handle)?;
        places.all[index].object.clone().ok_or_else(|| self.closed())
    }

    /// Lets go of the object of a handle; it goes when its last use is over.
    pub(crate) fn close(&self, handle: i64) -> Result<(), Fault> {
        let mut places = self.places();
        let index = self.find(&places, handle)?;
        let place = &mut places.all[index];
        let object = place.object.take().ok_or_else(|| self.closed())?;
        // a place whose generations are used up is not used again
        if place.generation < LAST_GENERATION {
            place.generation += 1;
            places.free.push(index);
        }
        drop(places);
        drop(object);
        Ok(())
    }

    fn find(&self, places: &Places<T>, handle: i64) -> Result<usize, Fault> {
        if handle >> KIND_SHIFT != self.kind as i64 {
            return Err(wrong(format!("{handle:#x} is no handle of an {}", self.kind.name())));
        }
        let index = (handle & 0xffff_ffff) as usize;
        let generation = (handle >> GENERATION_SHIFT) & i64::from(LAST_GENERATION);
        match places.all.get(index) {
            Some(place) if i64::from(place.generation) == generation => Ok(index),
            Some(place) if (1..i64::from(place.generation)).contains(&generation) => {
                Err(self.closed())
            }
            _ => Err(wrong(format!("{handle:#x} was never a handle of an {}", self.kind.name()))),
        }
    }

    fn closed(&self) -> Fault {
        Error::new(Code::Closed, format!("this {} is closed", self.kind.name())).into()
    }

    fn places(&self) -> MutexGuard<'_, Places<T>> {
        // nothing in here panics half-way through a change
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one user of an object. A second thread is refused, not made to wait: it is a fault of the caller.
pub(crate) fn exclusive<'a, T>(
    object: &'a Mutex<T>,
    what: &str,
) -> Result<MutexGuard<'a, T>, Fault> {
    match object.try_lock() {
        Ok(guard) => Ok(guard),
        Err(TryLockError::WouldBlock) => Err(wrong(format!(
            "this {what} is in use by another thread; each thread needs its own"
        ))),
        Err(TryLockError::Poisoned(_)) => {
            Err(wrong(format!("this {what} panicked in an earlier call; close it and open another")))
        }
    }
}
