//! Bytes that anybody may have sent, as text that does a terminal no harm.

use std::fmt::Write as _;

use chrono::DateTime;

/// Text whose control characters are written out.
pub(super) fn text(untrusted: &str) -> String {
    untrusted
        .chars()
        .flat_map(|it| {
            let escaped = it.is_control().then(|| it.escape_default());
            let plain = (!it.is_control()).then_some(it);
            escaped.into_iter().flatten().chain(plain)
        })
        .collect()
}

/// A value as text, if it is such.
pub(super) fn as_text(value: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(value).ok()?;
    let harmless = |it: char| !it.is_control() || matches!(it, '\n' | '\r' | '\t');
    text.chars().all(harmless).then_some(text)
}

/// Two digits a byte.
pub(super) fn hex(value: &[u8]) -> String {
    value.iter().fold(String::with_capacity(value.len() * 2), |mut digits, byte| {
        // a String takes everything
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// `2026-01-31T12:00:00Z`
pub(super) fn time(ms: Option<i64>) -> String {
    let time = ms.and_then(DateTime::from_timestamp_millis);
    time.map_or_else(|| "-".to_owned(), |time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_as_a_command() {
        assert_eq!(text("a\u{1b}[2Jb\nc"), "a\\u{1b}[2Jb\\nc");
        assert_eq!(as_text(b"{\"a\":\n1}"), Some("{\"a\":\n1}"));
        assert_eq!(as_text(b"a\x1b[2J"), None);
        assert_eq!(as_text(b"\xff"), None);
        assert_eq!(hex(b"\x00\xff"), "00ff");
        assert_eq!(time(Some(0)), "1970-01-01T00:00:00Z");
    }
}
