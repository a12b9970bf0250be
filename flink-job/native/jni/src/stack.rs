//! How much stack a thread has left.
//!
//! A component runs on the stack of the Java thread that calls it. Where that thread is deep in a recursion of its own,
//! the component would run into the pages by which the JVM notices overflows, and there the JVM ends the process. So
//! every call that runs a component looks first whether its part of the stack is there.

use crate::fault::{Fault, wrong};
use std::cell::Cell;
use std::mem::MaybeUninit;
use std::ptr;

/// The host's limit for a component (256 KiB), the JVM's own pages at the end of a stack (some 100 KiB), and what the
/// host needs itself. Threads of the JVM have 1 MiB unless set otherwise.
const NEEDED: usize = 448 << 10;

thread_local! {
    static END: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Refuses a call for which the stack does not suffice.
pub(crate) fn enough() -> Result<(), Fault> {
    let here = 0_u8;
    let here = (&raw const here).addr();
    let end = END.get().unwrap_or_else(|| {
        // where it cannot be known, nothing is refused
        let end = end().unwrap_or(0);
        END.set(Some(end));
        end
    });
    let left = here.saturating_sub(end);
    if left >= NEEDED {
        return Ok(());
    }
    Err(wrong(format!(
        "this thread has {} KiB of stack left, and a component needs {}: call it from less deep, or start Java with \
         a larger -Xss",
        left >> 10,
        NEEDED >> 10
    )))
}

/// The lowest address of this thread's stack.
fn end() -> Option<usize> {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    let (mut lowest, mut size) = (ptr::null_mut(), 0);
    // SAFETY: the thread is this one, which lives; attributes is only used after pthread_getattr_np has filled it, and
    // is destroyed once; lowest and size are places of the types that pthread_attr_getstack writes
    let got = unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return None;
        }
        let got = libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut lowest, &raw mut size);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        got
    };
    (got == 0 && size > 0).then(|| lowest.addr())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hint::black_box;
    use std::thread;

    const FRAME: usize = 16 << 10;
    /// Larger than what other threads have: glibc gives a new thread the stack of an ended one where that is enough.
    const STACK: usize = 8 << 20;

    fn at_depth(bytes: usize) -> Result<(), Fault> {
        let run = move || deeper(bytes / FRAME);
        thread::Builder::new().stack_size(STACK).spawn(run).unwrap().join().unwrap()
    }

    #[inline(never)]
    fn deeper(levels: usize) -> Result<(), Fault> {
        let mut frame = [0_u8; FRAME];
        black_box(&mut frame);
        let enough = if levels == 0 { enough() } else { deeper(levels - 1) };
        black_box(&frame);
        enough
    }

    #[test]
    fn a_thread_must_have_what_a_component_needs() {
        assert!(at_depth(0).is_ok());
        assert!(at_depth(STACK - NEEDED - 16 * FRAME).is_ok());
        let (_, message) = at_depth(STACK - NEEDED).unwrap_err().code_and_message();
        assert!(message.contains("KiB of stack left"), "{message}");
        assert!(at_depth(STACK - NEEDED / 2).is_err());
    }
}
