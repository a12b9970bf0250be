//! What must hold for any bytes: the fuzzer asks (`fuzz/`), and tests ask again about all that it found and about the
//! inputs of the golden cases.

mod crime_set;
mod json;

pub use crime_set::crime_set;
pub use json::json;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    /// The project's folder.
    fn project() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    /// Asks about files again. There must be some, or nobody would notice that they have another place.
    fn again(files: &[PathBuf], property: fn(&[u8])) {
        assert!(!files.is_empty());
        for file in files {
            println!("{}", file.display());
            property(&fs::read(file).unwrap());
        }
    }

    fn in_folder(folder: &str) -> Vec<PathBuf> {
        let files = fs::read_dir(project().join(folder)).unwrap();
        files.map(|file| file.unwrap().path()).collect()
    }

    #[test]
    fn json_that_was_kept() {
        again(&in_folder("fuzz/seeds/json"), super::json);
    }

    #[test]
    fn json_of_the_golden_cases() {
        let cases = in_folder("tests/golden");
        again(&Vec::from_iter(cases.iter().map(|case| case.join("input.jsonl"))), super::json);
    }

    #[test]
    fn sets_that_were_kept() {
        again(&in_folder("fuzz/seeds/crime_set"), super::crime_set);
    }
}
