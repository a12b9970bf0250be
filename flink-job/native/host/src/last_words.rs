//! What a component left in its memory before it trapped; see `udf/wit/types.wit`.

use crate::error::said;
use wasmtime::{AsContextMut, Instance, Val, WasmCoreDump};

const GLOBAL: &str = "crimes-udf-last-words";
const MEMORY: &str = "memory";
const MAX_BYTES: usize = 1024;

/// The component's own words about a call that failed, if it had any. No code of the component runs: after a trap the
/// engine lets nobody in again.
pub(crate) fn of(error: &wasmtime::Error, mut store: impl AsContextMut) -> Option<String> {
    let dump = error.downcast_ref::<WasmCoreDump>()?;
    dump.instances().iter().find_map(|instance| left_in(instance, &mut store))
}

fn left_in(instance: &Instance, store: &mut impl AsContextMut) -> Option<String> {
    let Val::I32(address) = instance.get_global(&mut *store, GLOBAL)?.get(&mut *store) else {
        return None;
    };
    let memory = instance.get_memory(&mut *store, MEMORY)?;
    words(memory.data(&*store), address.cast_unsigned() as usize)
}

/// Nothing in there is trusted: neither the address, nor the length, nor that it is text.
fn words(memory: &[u8], address: usize) -> Option<String> {
    let (length, rest) = memory.get(address..)?.split_first_chunk()?;
    let length = u32::from_le_bytes(*length) as usize;
    if !(1..=MAX_BYTES).contains(&length) {
        return None;
    }
    let text = String::from_utf8_lossy(rest.get(..length)?).into_owned();
    // one line in a log and in a message
    Some(said(&text.replace(char::is_control, " ")))
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn nothing_in_the_memory_of_a_component_is_trusted() {
        let memory = b"....\x05\0\0\0a\n\xff!b";
        assert_eq!(words(memory, 4).as_deref(), Some("a \u{fffd}!b"));
        for address in [5, 8, 10, 13, 14, 4_000_000_000, usize::MAX] {
            assert_eq!(words(memory, address), None, "{address}");
        }
        assert_eq!(words(b"\0\0\0\0", 0), None, "no words");
        assert_eq!(words(&[0xff; 2048], 0), None, "a length of 4 GiB");
        let mut long = vec![b'x'; 2048];
        long[..4].copy_from_slice(&1024_u32.to_le_bytes());
        assert_eq!(words(&long, 0).map(|text| text.chars().count()), Some(301), "cut, with a mark");
    }
}
