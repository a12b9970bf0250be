//! Reading files from several places at once, without a shared position.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

/// Reads a file from a place on. Any number of them can read the same open file.
pub(crate) struct FileFrom {
    file: Arc<File>,
    at: u64,
}

impl FileFrom {
    pub(crate) fn at(file: &Arc<File>, at: u64) -> Self {
        Self { file: Arc::clone(file), at }
    }

    pub(crate) fn start(file: &Arc<File>) -> Self {
        Self::at(file, 0)
    }
}

impl Read for FileFrom {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read_at(into, self.at)?;
        self.at += length as u64;
        Ok(length)
    }
}

/// Fills `into` unless the input ends. Gives the number of bytes read.
pub(crate) fn read_up_to(input: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < into.len() {
        match input.read(&mut into[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}
