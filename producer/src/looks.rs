//! Tells by its first bytes what a file is that is not CSV.

/// What each kind of file begins with, and what to say of it.
const BEGINNINGS: [(&[u8], &str); 18] = [
    (b"PK\x03\x04", "a zip archive (or a spreadsheet); unpack it and name the CSV file in it"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"%PDF", "a PDF document"),
    (b"BZh", "bzip2; unpack it: bzcat FILE | crimes produce -"),
    (b"\xfd7zXZ\0", "xz; unpack it: xzcat FILE | crimes produce -"),
    (b"\x28\xb5\x2f\xfd", "zstd; unpack it: zstdcat FILE | crimes produce -"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it"),
    (b"PAR1", "a Parquet file; export it as CSV"),
    (b"SQLite format 3\0", "an SQLite database; export it as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook; save it as CSV"),
    (b"\x7fELF", "a program"),
    (
        b"\xff\xfe",
        "text in UTF-16; turn it into UTF-8: iconv -f UTF-16 -t UTF-8 FILE | crimes produce -",
    ),
    (
        b"\xfe\xff",
        "text in UTF-16; turn it into UTF-8: iconv -f UTF-16 -t UTF-8 FILE | crimes produce -",
    ),
    (b"\x1f\x8b", "gzip inside gzip; unpack it once: gunzip -c FILE | crimes produce -"),
    (b"[", "a JSON array; give one object a line: jq -c '.[]' FILE | crimes produce -"),
];

/// What a file with this beginning is, if it is clearly not a text of rows.
pub(crate) fn like(head: &[u8]) -> Option<&'static str> {
    let text = head.trim_ascii_start();
    if let Some((_, said)) = BEGINNINGS.iter().find(|(start, _)| head.starts_with(start)) {
        return Some(said);
    }
    if text.first() == Some(&b'<') {
        return Some(
            "HTML or XML, perhaps an error page that was saved under the name of the file",
        );
    }
    if head.contains(&0) {
        return Some("a binary file");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_other_kinds_are_named() {
        for (head, said) in [
            (&b"PK\x03\x04\x14\0"[..], "zip"),
            (b"\x89PNG\r\n", "PNG"),
            (b"\xff\xd8\xff\xe0", "JPEG"),
            (b"\n <!DOCTYPE html>", "HTML"),
            (b"[{\"id\":", "jq"),
            (b"\xff\xfeI\0D\0", "UTF-16"),
            (b"ID,Date\0", "binary"),
        ] {
            assert!(like(head).unwrap().contains(said), "{head:?}");
        }
        for head in [&b"ID,Case Number"[..], b"\xef\xbb\xbfID", b"{\"id\":1}", b""] {
            assert_eq!(like(head), None, "{head:?}");
        }
    }
}
