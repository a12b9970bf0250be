//! How many of the planted anomalies were found.

use std::path::Path;

use anyhow::{Context as _, bail};
use chrono::NaiveDateTime;

use super::tables::Window;

/// Planted anomalies and how many of them are in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Planted {
    pub(super) labelled: usize,
    pub(super) found: usize,
}

/// A line of the label file.
struct Label {
    primary_type: String,
    district: i32,
    start: NaiveDateTime,
    end: NaiveDateTime,
}

/// Compares a label file with the anomalies' windows: found is what a window of its type and district holds whole.
pub(super) fn planted(file: &Path, windows: &[Window]) -> anyhow::Result<Planted> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the labels {}", file.display()))?;
    let labels = parse(&text).with_context(|| format!("the labels {}", file.display()))?;
    let found = labels.iter().filter(|label| {
        windows.iter().any(|window| {
            window.primary_type == label.primary_type
                && window.district == label.district
                && window.start <= label.start
                && label.end <= window.end
        })
    });
    Ok(Planted { labelled: labels.len(), found: found.count() })
}

fn parse(text: &str) -> anyhow::Result<Vec<Label>> {
    let mut lines = text.lines().enumerate();
    match lines.next() {
        Some((_, "type,district,start,end,count")) => (),
        _ => bail!(
            "the first line is not type,district,start,end,count, as `crimes generate --labels` writes it"
        ),
    }
    lines
        .map(|(number, line)| {
            let fields: Vec<&str> = line.split(',').collect();
            let time = |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S");
            let label = match fields.as_slice() {
                [primary_type, district, start, end, _] => (|| {
                    Some(Label {
                        primary_type: (*primary_type).to_owned(),
                        district: district.parse().ok()?,
                        start: time(start).ok()?,
                        end: time(end).ok()?,
                    })
                })(),
                _ => None,
            };
            label.with_context(|| format!("line {} is no label: {line}", number + 1))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::episodes::tests::window;
    use super::*;

    #[test]
    fn found_is_what_a_window_holds_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("labels.csv");
        std::fs::write(
            &file,
            "type,district,start,end,count\nTHEFT,018,2023-01-02T01:10:00,2023-01-02T03:10:00,20\n\
             THEFT,018,2023-01-02T04:00:00,2023-01-02T06:01:00,20\nTHEFT,001,2023-01-02T01:10:00,2023-01-02T03:10:00,20\n",
        )
        .unwrap();
        let windows = [window("THEFT", 18, 1, 20), window("ROBBERY", 1, 1, 20)];
        assert_eq!(planted(&file, &windows).unwrap(), Planted { labelled: 3, found: 1 });
    }

    #[test]
    fn what_is_no_label_file_is_said() {
        assert!(parse("").is_err());
        assert!(parse("a,b\n").is_err());
        let error = parse("type,district,start,end,count\nTHEFT,x,,,\n").err().unwrap();
        assert!(error.to_string().starts_with("line 2"));
    }
}
