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
        Err(TryLockError::Poisoned(_)) => Err(wrong(format!(
            "this {what} panicked in an earlier call; close it and open another"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<T>(result: Result<T, Fault>) -> Option<Code> {
        result.err().map(|fault| fault.code_and_message().0)
    }

    #[test]
    fn a_handle_names_its_object_until_it_is_closed() {
        let registry = Registry::new(Kind::Aggregate);
        let (one, two) = (registry.open("one").unwrap(), registry.open("two").unwrap());
        assert!(one > 0 && two > 0 && one != two);
        assert_eq!(*registry.get(one).unwrap(), "one");
        assert_eq!(*registry.get(two).unwrap(), "two");
        registry.close(one).unwrap();
        assert_eq!(code(registry.get(one)), Some(Code::Closed));
        assert_eq!(code(registry.close(one)), Some(Code::Closed));
        assert_eq!(*registry.get(two).unwrap(), "two");
    }

    #[test]
    fn a_place_that_is_used_again_does_not_answer_to_its_old_handle() {
        let registry = Registry::new(Kind::Ingest);
        let old = registry.open(1).unwrap();
        registry.close(old).unwrap();
        let new = registry.open(2).unwrap();
        assert_eq!(old as u32, new as u32, "the place is used again");
        assert_eq!(code(registry.get(old)), Some(Code::Closed));
        assert_eq!(code(registry.close(old)), Some(Code::Closed));
        assert_eq!(*registry.get(new).unwrap(), 2);
    }

    #[test]
    fn numbers_that_were_never_handles_are_found_out() {
        let registry = Registry::new(Kind::EventTimes);
        let handle = registry.open(()).unwrap();
        let forged = [
            0,
            -1,
            i64::MIN,
            i64::MAX,
            handle + 1,
            handle + (1 << GENERATION_SHIFT),
            handle ^ (1 << KIND_SHIFT),
            handle & 0xffff_ffff,
            // generation zero
            handle & !(i64::from(LAST_GENERATION) << GENERATION_SHIFT),
        ];
        for forged in forged {
            assert_eq!(code(registry.get(forged)), Some(Code::Internal), "{forged:#x}");
            assert_eq!(code(registry.close(forged)), Some(Code::Internal), "{forged:#x}");
        }
        assert!(registry.get(handle).is_ok());
    }

    #[test]
    fn a_place_is_retired_before_its_generations_repeat() {
        let registry = Registry::new(Kind::Ingest);
        let first = registry.open(()).unwrap();
        registry.places().all[0].generation = LAST_GENERATION;
        let last = first | i64::from(LAST_GENERATION) << GENERATION_SHIFT;
        registry.close(last).unwrap();
        let next = registry.open(()).unwrap();
        assert_ne!(last as u32, next as u32);
        assert_eq!(code(registry.get(last)), Some(Code::Closed));
    }

    #[test]
    fn an_object_in_use_outlives_its_handle() {
        let registry = Registry::new(Kind::Ingest);
        let handle = registry.open(String::from("held")).unwrap();
        let held = registry.get(handle).unwrap();
        registry.close(handle).unwrap();
        assert_eq!(*held, "held");
        assert_eq!(Arc::strong_count(&held), 1);
    }

    #[test]
    fn a_second_user_is_refused_and_so_is_everyone_after_a_panic() {
        let object = Mutex::new(1);
        let first = exclusive(&object, "thing").unwrap();
        assert_eq!(code(exclusive(&object, "thing")), Some(Code::Internal));
        drop(first);
        assert_eq!(*exclusive(&object, "thing").unwrap(), 1);
        let user = || {
            let _held = object.lock().unwrap();
            panic!("on purpose");
        };
        let panicked = std::thread::scope(|scope| scope.spawn(user).join());
        assert!(panicked.is_err());
        let (code, message) = exclusive(&object, "thing").unwrap_err().code_and_message();
        assert_eq!(code, Code::Internal);
        assert!(message.contains("panicked"), "{message}");
    }
}
