//! What hostile guests do, and when: both come from their settings. [`KINDS`] is the whole collection, with what must be
//! heard of each: the host's tests run it, and an end-to-end scenario runs it in the real job.
//!
//! | setting | value |
//! |---|---|
//! | `in` | the function of the contract in which it misbehaves |
//! | `deed` | `loop`, `bomb`, `trap`, `fault`, `overflow`, `slow`, `grow`, or a lie of the guest's own |
//! | `on` | `marked`: only where a record has the text [`MARK`]; `always`; `said`: where a record's text is [`said`]'s, which also names function and deed |
//!
//! Without settings it behaves.

mod kinds;

pub use kinds::{Guest, KINDS, Kind, Outcome, said};
use std::cell::Cell;
use std::hint::black_box;

/// The text that marks the records on which a guest misbehaves.
pub const MARK: &str = "HOSTILE";

/// What a guest does, and when.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    function: String,
    deed: String,
    on: String,
}

impl Plan {
    /// The plan that settings, as name and value, make.
    ///
    /// # Errors
    /// Where a setting is not known.
    pub fn new<'a>(settings: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, String> {
        let mut plan = Self::default();
        for (name, value) in settings {
            match name {
                "in" => plan.function = value.to_owned(),
                "deed" => plan.deed = value.to_owned(),
                "on" => plan.on = value.to_owned(),
                _ => return Err(format!("there is no setting {name:?}; it has in, deed, on")),
            }
        }
        Ok(plan)
    }

    /// Does what is due in `function`, if anything is and it can be done at once; else gives the lie to tell. `texts` are
    /// those of the records at hand.
    pub fn act<'a>(&self, function: &str, texts: impl IntoIterator<Item = &'a [u8]>) -> String {
        let deed = self.due(function, texts);
        match deed.as_str() {
            "loop" => endless(),
            "bomb" => bomb(),
            "trap" => panic!("as planned"),
            "fault" => fault(),
            "overflow" => {
                black_box(deep(black_box(1)));
            }
            "slow" => {
                black_box((0..2_000_000_u64).fold(0, |sum, n| black_box(n) ^ sum));
            }
            "grow" => {
                black_box(vec![1_u8; 1 << 20].leak());
            }
            _ => {}
        }
        deed
    }

    fn due<'a>(&self, function: &str, texts: impl IntoIterator<Item = &'a [u8]>) -> String {
        let here = self.function == function;
        let mut texts = texts.into_iter();
        let due = match self.on.as_str() {
            "always" => here,
            "marked" => here && texts.any(|text| text == MARK.as_bytes()),
            "said" => return texts.find_map(|text| heard(text, function)).unwrap_or_default(),
            _ => false,
        };
        if due { self.deed.clone() } else { String::new() }
    }
}

/// The deed that a record's text names for `function`.
fn heard(text: &[u8], function: &str) -> Option<String> {
    let rest = std::str::from_utf8(text).ok()?.strip_prefix(MARK)?.strip_prefix(':')?;
    Some(rest.strip_prefix(function)?.strip_prefix(':')?.to_owned())
}

/// How often this instance has asked.
pub fn calls() -> u64 {
    thread_local! {
        static CALLS: Cell<u64> = const { Cell::new(0) };
    }
    CALLS.set(CALLS.get() + 1);
    CALLS.get()
}

fn endless() -> ! {
    let mut n = 0_u64;
    loop {
        n = black_box(n.wrapping_add(1));
    }
}

/// Takes memory until there is none, and touches it.
fn bomb() -> ! {
    let mut taken = Vec::new();
    loop {
        taken.push(black_box(vec![1_u8; 1 << 20]));
    }
}

/// Reads where there is no memory: no check notices that, but the processor.
#[allow(unsafe_code, reason = "this is the misdeed")]
fn fault() {
    // SAFETY: in a guest the address is beyond its memory, which is a trap; nowhere else is this called
    black_box(unsafe { std::ptr::read_volatile(black_box(0xffff_fff0_usize as *const u8)) });
}

fn deep(n: u64) -> u64 {
    let frame = black_box([n; 16]);
    if n == 0 { 0 } else { deep(n + 1).wrapping_add(frame[7]) }
}
