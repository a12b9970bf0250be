//! Rows of a CSV file of any of the three dialects.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::read::MultiGzDecoder;

/// One row: column name (lower case, underscores) to text, as it stands in the file.
pub type Row = BTreeMap<String, String>;

/// The rows of a `.csv` or `.csv.gz` file, in the file's order.
///
/// # Errors
/// If the file can't be read or a row has not as many fields as the header: this is for good files.
pub fn read_file(path: &Path) -> Result<Vec<Row>> {
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let mut text = String::new();
    if path.extension().is_some_and(|extension| extension == "gz") {
        MultiGzDecoder::new(file).read_to_string(&mut text)
    } else {
        std::io::BufReader::new(file).read_to_string(&mut text)
    }
    .with_context(|| format!("reading {}", path.display()))?;
    read_text(&text)
}

/// The rows of a CSV text with a header line.
///
/// # Errors
/// If a row has not as many fields as the header.
pub fn read_text(text: &str) -> Result<Vec<Row>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header: Vec<String> = reader.headers()?.iter().map(column).collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        rows.push(header.iter().cloned().zip(record?.iter().map(str::to_owned)).collect());
    }
    Ok(rows)
}

/// The row that a record of the topic says: one JSON object of texts.
///
/// # Errors
/// If it is anything else.
pub fn read_json(value: &[u8]) -> Result<Row> {
    let fields: BTreeMap<String, String> = serde_json::from_slice(value)?;
    Ok(fields.into_iter().map(|(name, text)| (column(&name), text)).collect())
}

/// A column's name as all three dialects have it in the end.
fn column(name: &str) -> String {
    name.trim().to_lowercase().replace(' ', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_spellings_of_a_header_name_the_same_column() {
        for header in ["ID,Primary Type", "ID,Primary_Type", "id,primary_type"] {
            let rows = read_text(&format!("{header}\n1,\"THEFT, \"\"big\"\"\"\n")).unwrap();
            assert_eq!(rows.len(), 1);
            assert_eq!(rows[0]["id"], "1");
            assert_eq!(rows[0]["primary_type"], "THEFT, \"big\"");
        }
    }

    #[test]
    fn a_record_of_the_topic_is_the_row_that_it_was_made_of() {
        let row = read_json(br#"{"ID":"1","Primary_Type":"THEFT, \"big\""}"#).unwrap();
        assert_eq!(row, read_text("ID,Primary Type\n1,\"THEFT, \"\"big\"\"\"\n").unwrap()[0]);
        assert!(read_json(b"[]").is_err());
    }

    #[test]
    fn a_short_row_is_an_error() {
        assert!(read_text("ID,Date\n1\n").is_err());
    }
}
