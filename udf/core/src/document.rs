//! What the map shows: one document a crime.

use crate::chicago;
use crate::date::write_iso;
use crate::events::{ARREST, ByteLists, DOMESTIC, Events};

/// The Elasticsearch mapping of the documents.
pub const MAPPING: &str = r#"{"dynamic":"strict","properties":{"location":{"type":"geo_point"},"occurred_at":{"type":"date"},"updated_on":{"type":"date"},"type":{"type":"keyword"},"description":{"type":"keyword"},"district":{"type":"integer"},"arrest":{"type":"boolean"},"domestic":{"type":"boolean"}}}"#;

/// Documents as columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Documents {
    /// The crimes' IDs in decimal.
    pub ids: ByteLists,
    /// When each was corrected. ms, wall clock; 0 where unknown. A greater one replaces a smaller one.
    pub versions: Vec<i64>,
    /// JSON objects.
    pub bodies: ByteLists,
}

/// The documents of those events that have a position.
#[must_use]
pub fn of(events: &Events) -> Documents {
    let mut documents = Documents::default();
    for i in 0..events.len() {
        let (latitude, longitude) = (events.latitude[i], events.longitude[i]);
        if latitude.is_nan() || longitude.is_nan() {
            continue;
        }
        write_whole(events.id[i], &mut documents.ids.bytes);
        documents.ids.close();
        documents.versions.push(events.updated[i].max(0));
        body(events, i, &mut documents.bodies.bytes);
        documents.bodies.close();
    }
    documents
}

fn body(events: &Events, i: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"location\":{\"lat\":");
    write_degrees(events.latitude[i], out);
    out.extend_from_slice(b",\"lon\":");
    write_degrees(events.longitude[i], out);
    out.extend_from_slice(b"},\"occurred_at\":\"");
    write_iso(chicago::instant(events.time[i]), out);
    out.extend_from_slice(b"Z\",\"updated_on\":");
    if events.updated[i] > 0 {
        out.push(b'"');
        write_iso(events.updated[i], out);
        out.push(b'"');
    } else {
        out.extend_from_slice(b"null");
    }
    out.extend_from_slice(b",\"type\":");
    write_text(events.texts.get(events.primary_type[i] as usize), out);
    out.extend_from_slice(b",\"description\":");
    write_text(events.texts.get(events.description[i] as usize), out);
    out.extend_from_slice(b",\"district\":");
    match events.district[i] {
        0 => out.extend_from_slice(b"null"),
        district => write_whole(u64::from(district), out),
    }
    for (name, flag) in [(&b",\"arrest\":"[..], ARREST), (&b",\"domestic\":"[..], DOMESTIC)] {
        out.extend_from_slice(name);
        out.extend_from_slice(if events.flags[i] & flag != 0 { b"true" } else { b"false" });
    }
    out.push(b'}');
}

/// The number in decimal.
fn write_whole(mut n: u64, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// A position's number, as short as it can be without becoming another one.
///
/// The city gives nine decimals. A number below a million with at most nine has at most fifteen digits, and no two
/// decimals of so few digits are the same binary number: so if the rounded one is the number itself, it is the
/// shortest. Anything else is printed the general way, which is slower.
fn write_degrees(degrees: f64, out: &mut Vec<u8>) {
    const BILLION: f64 = 1e9;
    let billionths = (degrees.abs() * BILLION).round();
    if degrees.abs() >= 1e6 || billionths / BILLION != degrees.abs() {
        use std::io::Write;
        // writing to a Vec cannot fail
        let _ = write!(out, "{degrees}");
        return;
    }
    if degrees.is_sign_negative() {
        out.push(b'-');
    }
    let billionths = billionths as u64;
    write_whole(billionths / 1_000_000_000, out);
    let mut fraction = billionths % 1_000_000_000;
    if fraction == 0 {
        return;
    }
    let mut digits = *b".000000000";
    for digit in digits[1..].iter_mut().rev() {
        *digit = b'0' + (fraction % 10) as u8;
        fraction /= 10;
    }
    let zeros = digits.iter().rev().take_while(|&&digit| digit == b'0').count();
    out.extend_from_slice(&digits[..digits.len() - zeros]);
}

/// A JSON text; an empty one is null.
fn write_text(text: &[u8], out: &mut Vec<u8>) {
    if text.is_empty() {
        out.extend_from_slice(b"null");
        return;
    }
    out.push(b'"');
    let mut rest = text;
    while let Some(plain) = rest.iter().position(|&b| matches!(b, b'"' | b'\\' | 0..0x20)) {
        out.extend_from_slice(&rest[..plain]);
        match rest[plain] {
            b @ (b'"' | b'\\') => out.extend_from_slice(&[b'\\', b]),
            b => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[HEX[usize::from(b >> 4)], HEX[usize::from(b & 15)]]);
            }
        }
        rest = &rest[plain + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Decoder;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn documents(values: &[Value]) -> Documents {
        let mut lists = ByteLists::default();
        values.iter().for_each(|v| lists.push(v.to_string().as_bytes()));
        of(&Decoder::default().decode(&lists).events)
    }

    #[test]
    fn a_document_says_where_when_and_what() {
        let docs = documents(&[
            json!({"ID": 7, "Date": "2018-07-01T12:00:00", "Primary_Type": "THEFT", "Description": "POCKET",
                "District": "012", "Arrest": true, "Latitude": 41.75, "Longitude": -87.5,
                "Updated_On": "2018-08-01T00:00:00"}),
            json!({"ID": 8, "Date": "2018-07-01T12:00:00", "Primary_Type": "THEFT", "District": "012"}),
            json!({"ID": 9, "Date": "2018-01-01T12:00:00", "Latitude": 41.75, "Longitude": -87.5}),
        ]);
        assert_eq!(docs.ids.iter().collect::<Vec<_>>(), [b"7", b"9"]);
        assert_eq!(docs.versions, [1_533_081_600_000, 0]);
        let bodies: Vec<Value> =
            docs.bodies.iter().map(|b| serde_json::from_slice(b).unwrap()).collect();
        assert_eq!(
            bodies,
            [
                json!({"location": {"lat": 41.75, "lon": -87.5}, "occurred_at": "2018-07-01T17:00:00Z",
                    "updated_on": "2018-08-01T00:00:00", "type": "THEFT", "description": "POCKET", "district": 12,
                    "arrest": true, "domestic": false}),
                json!({"location": {"lat": 41.75, "lon": -87.5}, "occurred_at": "2018-01-01T18:00:00Z",
                    "updated_on": null, "type": null, "description": null, "district": null,
                    "arrest": false, "domestic": false}),
            ]
        );
    }

    #[test]
    fn the_mapping_has_just_the_fields_of_a_document() {
        let mapping: Value = serde_json::from_str(MAPPING).unwrap();
        let docs = documents(&[
            json!({"ID": 9, "Date": "2018-01-01T12:00:00", "Latitude": 41.75, "Longitude": -87.5}),
        ]);
        let body: Value = serde_json::from_slice(docs.bodies.get(0)).unwrap();
        let names = |v: &Value| {
            v.as_object().unwrap().keys().cloned().collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(names(&mapping["properties"]), names(&body));
    }

    proptest! {
        #[test]
        fn degrees_are_printed_as_the_language_prints_them(
            degrees in prop_oneof![any::<f64>().prop_filter("a number", |d| d.is_finite()), -200.0..200.0, (-90_000_000_000_i64..90_000_000_000).prop_map(|n| n as f64 / 1e9)]
        ) {
            let mut out = Vec::new();
            write_degrees(degrees, &mut out);
            prop_assert_eq!(String::from_utf8(out).unwrap(), degrees.to_string());
        }

        #[test]
        fn whole_numbers_are_printed_in_decimal(n in prop_oneof![any::<u64>(), 0_u64..2000]) {
            let mut out = Vec::new();
            write_whole(n, &mut out);
            prop_assert_eq!(String::from_utf8(out).unwrap(), n.to_string());
        }

        #[test]
        fn any_text_is_written_as_json(text in ".{1,40}") {
            let mut out = Vec::new();
            write_text(text.as_bytes(), &mut out);
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
    }
}
