//! What a component gives back is checked before anyone relies on it; a lie is like a trap.

use crate::support::{
    aggregate, decoder, documents, ingest, lines, on_marked, patient, rejects, windows,
};
use component_host::Source;

fn is_found(decoder: &Source, aggregate: &Source, slot: &str, said: &str) {
    let mut ingest = ingest(decoder, aggregate, patient());
    let got = ingest.ingest(&lines(100, &[42]), i64::MIN).unwrap();
    assert_eq!(rejects(&got), [(42, "trap", Some(slot))], "{said}");
    let detail = &got.rejects[0].detail;
    assert!(detail.contains("the output is inconsistent: "), "{detail}");
    assert!(detail.contains(said), "{detail} should say {said}");
    let crimes = |slot| windows([&got], slot).values().map(|(_, c)| c.len()).sum::<usize>();
    let counted = (crimes(0), crimes(1), documents(&got).len());
    let want = match slot {
        "hostile-aggregate" => (100, 99, 100),
        _ if detail.contains("documents") => (100, 100, 99),
        _ => (99, 99, 99),
    };
    assert_eq!(counted, want, "{said}");
}

#[test]
fn of_the_decoder_about_events() {
    for (lie, said) in [
        ("short-column", "id has 0 entries, expected 1"),
        ("index-beyond-batch", "events names record 1000000 of 1"),
        ("text-that-is-not-there", "primary-type names a text that is not there"),
        ("ends-beyond-bytes", "texts ends at 13 and has 12 bytes"),
        ("ends-descend", "the ends of texts do not ascend"),
        ("no-utf8", "texts is no UTF-8 at byte"),
        ("no-date", "9223372036854775807 ms, which is not in the years 1 to 9999"),
        ("drop", "value 0 of 1 is neither in events nor in rejects"),
        ("without-position", "4294967295 of 1 events are without position"),
        ("long-detail", "the detail of a reject has 201 bytes, at most 200 are allowed"),
        ("reject-beyond-batch", "rejects names record 4294967295 of 1"),
    ] {
        is_found(
            &on_marked("hostile-decoder", "decode", lie),
            &aggregate(),
            "hostile-decoder",
            said,
        );
    }
}

#[test]
fn of_the_decoder_about_order() {
    // with one record alone there is no order to break: the batch is halved until it is
    let hostile = on_marked("hostile-decoder", "decode", "index-twice");
    let got =
        ingest(&hostile, &aggregate(), patient()).ingest(&lines(100, &[42]), i64::MIN).unwrap();
    assert_eq!((rejects(&got), got.events), (vec![], 100));
    assert!(got.calls[0].traps > 0);
}

#[test]
fn of_the_decoder_about_documents() {
    for (lie, said) in [
        ("version-negative", "a version is negative"),
        ("more-than-events", "2 documents of 1 events"),
        ("no-id", "the id of document 0 has 0 bytes, expected 1 to 512"),
        ("long-id", "the id of document 0 has 513 bytes, expected 1 to 512"),
        ("no-object", "document 0 is no JSON object: invalid type: sequence, expected an object"),
        ("cut-off", "document 0 is no JSON object: EOF while parsing"),
        ("two-objects", "document 0 is no JSON object: trailing characters"),
        ("two-lines", "document 0 has more than one line"),
        ("fewer-bodies", "bodies has 0 entries, expected 1"),
        ("ends-beyond-bytes", "ids ends at 5 and has 4 bytes"),
        ("no-utf8", "bodies is no UTF-8 at byte 1"),
    ] {
        let hostile = on_marked("hostile-decoder", "documents", lie);
        is_found(&hostile, &aggregate(), "hostile-decoder", said);
    }
}

#[test]
fn of_an_aggregate() {
    for (lie, said) in [
        ("weight-0", "weights must be positive"),
        ("weight-beyond-events", "1 events cannot weigh 4294967295"),
        ("short-column", "weight has 0 entries, expected 1"),
        ("slice-off-grid", "is no multiple of 86400000"),
        ("slice-far-ahead", "is outside the events' slices, 86400000 to 100800000"),
        ("slice-far-behind", "is outside the events' slices"),
        ("ends-beyond-bytes", "keys ends at 3 and has 2 bytes"),
        ("ends-descend", "partials has 2 entries, expected 1"),
        ("fewer-keys", "keys has 0 entries, expected 1"),
        ("huge-partial", "partial 0 has 5242880 bytes, at most 4194304 are allowed"),
        ("huge-key", "key 0 has 100000 bytes, at most 65536 are allowed"),
    ] {
        let hostile = on_marked("hostile-aggregate", "ingest", lie);
        is_found(&decoder(), &hostile, "hostile-aggregate", said);
    }
}
