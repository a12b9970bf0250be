//! Keeps the message of a panic where the host finds it.
//!
//! A panic in a guest is a trap, and after a trap nobody may enter the component any more: it cannot be asked what
//! happened. But its memory is still there. So the message goes to a place in it that has a name: the core module's
//! exported global `crimes-udf-last-words` is the address of a 32-bit length and as many bytes of UTF-8. A guest needs
//! no import for that, and the host runs none of its code to read it.

use std::any::Any;
use std::fmt::{self, Write};
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

/// The most that is kept, in bytes.
const CAPACITY: usize = 1024;

/// The layout that the host reads.
#[repr(C)]
struct LastWords {
    length: AtomicU32,
    bytes: [AtomicU8; CAPACITY],
}

// SAFETY: no other symbol has this name
#[allow(unsafe_code, reason = "a symbol has to have a name to be found")]
#[cfg_attr(target_family = "wasm", unsafe(export_name = "crimes-udf-last-words"))]
static LAST_WORDS: LastWords =
    LastWords { length: AtomicU32::new(0), bytes: [const { AtomicU8::new(0) }; CAPACITY] };

/// From now on the message of a panic is kept, with its place.
pub fn keep() {
    std::panic::set_hook(Box::new(|panic| LAST_WORDS.keep(panic)));
}

impl LastWords {
    /// Allocates nothing: there may be no memory left.
    fn keep(&self, panic: &PanicHookInfo<'_>) {
        self.length.store(0, Ordering::Relaxed);
        let mut place = self;
        let said = message(panic.payload());
        // a message that does not fit is cut, which is no error
        let _ = match panic.location() {
            Some(at) => write!(place, "{said} ({}:{})", at.file(), at.line()),
            None => write!(place, "{said}"),
        };
    }
}

fn message(payload: &dyn Any) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("panicked without a message")
}

impl Write for &LastWords {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let start = self.length.load(Ordering::Relaxed) as usize;
        let kept = text.floor_char_boundary(CAPACITY - start);
        for (place, byte) in self.bytes[start..].iter().zip(text[..kept].bytes()) {
            place.store(byte, Ordering::Relaxed);
        }
        self.length.store((start + kept) as u32, Ordering::Relaxed);
        if kept == text.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> String {
        let length = LAST_WORDS.length.load(Ordering::Relaxed) as usize;
        let bytes = LAST_WORDS.bytes[..length].iter().map(|byte| byte.load(Ordering::Relaxed));
        String::from_utf8(bytes.collect()).unwrap()
    }

    /// All in one test: a process has one hook.
    #[test]
    fn a_panic_is_kept_with_its_place_and_cut_between_characters() {
        keep();
        std::panic::catch_unwind(|| panic!("no district {}", 7)).unwrap_err();
        assert!(kept().starts_with("no district 7 (") && kept().contains("lib.rs:"), "{}", kept());
        std::panic::catch_unwind(|| assert_eq!(1 + 1, 3, "arithmetic")).unwrap_err();
        assert!(kept().contains("left: 2") && kept().contains("arithmetic"), "{}", kept());
        std::panic::catch_unwind(|| panic!("x{}", "é".repeat(CAPACITY))).unwrap_err();
        assert_eq!(kept().len(), CAPACITY - 1, "{}", kept());
        std::panic::catch_unwind(|| std::panic::panic_any(7)).unwrap_err();
        assert!(kept().starts_with("panicked without a message ("), "{}", kept());
    }
}
