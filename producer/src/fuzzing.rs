//! What must hold for any bytes: the fuzzer asks (`fuzz/`), and tests ask again about all that it found.
#![allow(clippy::expect_used, reason = "what does not hold is told by a panic")]

mod csv;
mod order;

pub use csv::csv;
pub use order::order;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// Asks about files again. There must be some, or nobody would notice that they have another place.
    fn again(folder: &str, property: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(folder);
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let files = Vec::from_iter(files);
        assert!(!files.is_empty());
        for file in files {
            println!("{}", file.display());
            property(&fs::read(&file).unwrap());
        }
    }

    #[test]
    fn rows_that_were_kept() {
        again("csv", super::csv);
    }

    #[test]
    fn files_that_were_kept() {
        again("order", super::order);
    }
}
