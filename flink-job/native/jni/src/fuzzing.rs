//! What must hold for any bytes that Java hands in: the fuzzer asks (`fuzz/`), and a test asks again about all that it
//! found. Everything here is read before a JVM is needed again.

use crate::component_source::limited_source;
use crate::fault::Fault;
use crate::frame::{Reader, Writer};
use crate::ingest::checked_ends;
use component_host::ByteLists;

/// Takes a frame: its first byte says how many of the steps after it are read from the rest.
///
/// # Panics
/// Where something does not hold.
pub fn frame(bytes: &[u8]) {
    let Some((&count, bytes)) = bytes.split_first() else { return };
    let (steps, frame) = bytes.split_at(usize::from(count % 32).min(bytes.len()));
    read(steps, frame);
    source(frame);
    ends(frame);
}

/// Reads a frame step by step, beside a second reader that knows only where it is.
fn read(steps: &[u8], frame: &[u8]) {
    let (mut reader, mut plain) = (Reader::new(frame), Plain { frame, at: 0 });
    let mut again = Writer::default();
    for step in steps {
        let agreed = match step % 6 {
            0 => agree(reader.int(), plain.int(), |it| again.int(it)),
            1 => agree(reader.long(), plain.long(), |it| again.long(it)),
            2 => agree(reader.count(), plain.count(), |it| again.count(it as usize)),
            3 => agree(reader.bytes(), plain.bytes(), |it| again.bytes(it)),
            4 => agree(reader.text(), plain.text(), |it| again.bytes(it.as_bytes())),
            _ => agree(reader.byte_lists(), plain.byte_lists(), |it| {
                again.count(it.len());
                (0..it.len()).for_each(|i| again.bytes(it.get(i)));
            }),
        };
        if !agreed {
            return;
        }
        assert_eq!(again.as_bytes(), &frame[..plain.at], "what was read can be written again");
    }
    assert_eq!(reader.end().is_ok(), plain.at == frame.len());
}

/// Whether both read something, which is the same then.
fn agree<T: PartialEq + std::fmt::Debug>(
    read: Result<T, Fault>,
    plain: Option<T>,
    write: impl FnOnce(T),
) -> bool {
    match (read, plain) {
        (Ok(read), Some(plain)) => {
            assert_eq!(read, plain);
            write(read);
            true
        }
        (Err(fault), None) => {
            assert!(!fault.code_and_message().1.is_empty());
            false
        }
        (read, plain) => panic!("{read:?} was read, expected {plain:?}"),
    }
}

struct Plain<'a> {
    frame: &'a [u8],
    at: usize,
}

impl<'a> Plain<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let taken = self.frame.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(taken)
    }

    fn int(&mut self) -> Option<i32> {
        Some(i32::from_ne_bytes(self.take(4)?.try_into().ok()?))
    }

    fn long(&mut self) -> Option<i64> {
        Some(i64::from_ne_bytes(self.take(8)?.try_into().ok()?))
    }

    fn count(&mut self) -> Option<u32> {
        self.int()?.try_into().ok()
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.count()?;
        self.take(length.try_into().ok()?)
    }

    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }

    fn byte_lists(&mut self) -> Option<ByteLists> {
        let count = self.count()?;
        let mut lists = ByteLists::default();
        for _ in 0..count {
            lists.bytes.extend_from_slice(self.bytes()?);
            lists.ends.push(lists.bytes.len().try_into().ok()?);
        }
        Some(lists)
    }
}

/// What opens a component: limits are limits, and nothing of the frame is left over or made up.
fn source(frame: &[u8]) {
    let Ok((source, limits)) = limited_source(frame) else { return };
    assert!(limits.memory_bytes > 0 && !limits.deadline.is_zero());
    let mut again = Writer::default();
    again.unsigned(limits.memory_bytes as u64);
    again.unsigned(limits.deadline.as_millis() as u64);
    again.bytes(source.slot.as_bytes());
    again.bytes(&source.wasm);
    again.count(source.settings.len());
    for (name, value) in &source.settings {
        again.bytes(name.as_bytes());
        again.bytes(value.as_bytes());
    }
    assert_eq!(again.as_bytes(), frame);
}

/// Where a batch's values end, as Java says it: each value lies within the bytes that are then copied.
fn ends(frame: &[u8]) {
    let (ints, _) = frame.as_chunks::<4>();
    let given = Vec::from_iter(ints.iter().map(|&int| i32::from_ne_bytes(int)));
    let mut values = ByteLists { bytes: Vec::new(), ends: vec![7] };
    match checked_ends(&given, &mut values.ends) {
        Err(_) => assert!(!given.is_sorted() || given.iter().any(|&end| end < 0)),
        Ok(length) => {
            assert_eq!(values.len(), given.len());
            assert!(values.ends.iter().all(|&end| end as usize <= length));
            let mut lengths = values
                .ends
                .iter()
                .scan(0, |start, &end| Some(end.checked_sub(std::mem::replace(start, end))));
            assert!(lengths.all(|length| length.is_some()), "an end before a start");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    #[test]
    fn frames_that_were_kept() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fuzz/seeds/frame");
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let frames = Vec::from_iter(files);
        assert!(!frames.is_empty());
        for path in frames {
            println!("{}", path.display());
            super::frame(&fs::read(&path).unwrap());
        }
    }
}
