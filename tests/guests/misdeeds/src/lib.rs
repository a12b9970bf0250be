//! What a hostile guest does, and when: both come from its settings.
//!
//! | setting | value |
//! |---|---|
//! | `in` | the function of the contract in which it misbehaves |
//! | `deed` | `loop`, `bomb`, `trap`, `fault`, `overflow`, or a lie of the guest's own |
//! | `on` | `marked`: only where a record has the text [`MARK`]; `always` |
//!
//! Without settings it behaves.

use std::hint::black_box;

/// The text that marks the records on which a guest misbehaves.
pub const MARK: &str = "HOSTILE";

/// What a guest does, and when.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    function: String,
    deed: String,
    always: bool,
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
                "on" => plan.always = value == "always",
                _ => return Err(format!("there is no setting {name:?}; it has in, deed, on")),
            }
        }
        Ok(plan)
    }

    /// Does what is due in `function`, if anything is and it can be done at once; else gives the lie to tell.
    pub fn act(&self, function: &str, marked: bool) -> &str {
        if self.function != function || !(self.always || marked) {
            return "";
        }
        match self.deed.as_str() {
            "loop" => endless(),
            "bomb" => bomb(),
            "trap" => panic!("as planned"),
            "fault" => fault(),
            "overflow" => {
                black_box(deep(black_box(1)));
            }
            _ => {}
        }
        &self.deed
    }
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
