//! What components say of themselves, and how they take their settings, is checked when they are loaded.

use crate::support::{always, patient, source, strict};
use component_host::{
    Aggregate, Code, EventTimes, Ingest, Limits, Source, describe_aggregate, describe_decoder,
};

fn refused(source: &Source) -> (Code, String) {
    let endless = source.settings.iter().any(|(_, value)| value == "loop");
    let limits = if endless { strict() } else { patient() };
    let described = match source.slot.as_str() {
        "hostile-decoder" => describe_decoder(source, limits).map(drop).unwrap_err(),
        _ => describe_aggregate(source, limits).map(drop).unwrap_err(),
    };
    (described.code, described.message)
}

#[test]
fn what_cannot_be_is_refused_in_a_sentence() {
    for (lie, said) in [
        ("no-name", "its name is \"\", expected [a-z][a-z0-9-]*"),
        ("bad-name", "its name is \"Robert'); DROP TABLE\""),
        ("no-version", "its version has 0 bytes, expected 1 to 63"),
        ("state-version-0", "its state-version is 0, expected 1 or more"),
        ("size-0", "its windows are 0 ms every 0 ms, expected 1 ms to a year"),
        ("slide-0", "its windows are 86400000 ms every 0 ms"),
        ("slide-beyond-size", "its windows are 86400000 ms every 86400001 ms"),
        ("two-years", "its windows are 63244800000 ms every 1 ms"),
        (
            "year-every-millisecond",
            "a record would be in 31622400000 windows, at most 20000 are possible",
        ),
        ("no-columns", "none of its columns is a key"),
        ("no-key", "none of its columns is a key"),
        ("column-twice", "expected different names of the form [a-z][a-z0-9_]*"),
        ("bad-column", "\"Total Crimes\""),
    ] {
        let hostile = always("hostile-aggregate", "describe", lie);
        let (code, message) = refused(&hostile);
        assert_eq!(code, Code::Contract, "{message}");
        assert!(message.contains(said), "{message} should say {said}");
        // whoever loads it hears the same
        let for_windows = Aggregate::new(&hostile, strict()).map(drop).unwrap_err();
        assert_eq!(for_windows.message, message);
        let decoder = source("hostile-decoder", &[]);
        let for_batches = Ingest::new(&decoder, &[hostile], true, strict()).map(drop).unwrap_err();
        assert_eq!(for_batches.message, message);
    }
    for (lie, said) in [
        ("bad-name", "its name is \"../decoder\""),
        ("bad-mapping", "its document mapping is no JSON object"),
        ("long-version", "its version has 100000 bytes, expected 1 to 63"),
    ] {
        let (code, message) = refused(&always("hostile-decoder", "describe", lie));
        assert_eq!(code, Code::Contract, "{message}");
        assert!(message.contains(said), "{message} should say {said}");
    }
    let (_, message) = refused(&always("hostile-decoder", "describe", "long-name"));
    assert!(message.len() < 1000, "{} bytes", message.len());
}

#[test]
fn a_component_that_fails_while_it_is_loaded_says_where() {
    for guest in ["hostile-decoder", "hostile-aggregate"] {
        for function in ["configure", "describe"] {
            for (deed, code, said) in [
                ("loop", Code::Deadline, "took longer than 50 ms"),
                ("bomb", Code::Memory, "wanted more than 16777216 bytes"),
                ("trap", Code::Trap, "as planned (tests/guests/misdeeds/src/lib.rs:"),
                ("overflow", Code::Trap, "call stack exhausted"),
            ] {
                let (found, message) = refused(&always(guest, function, deed));
                assert_eq!(found, code, "{message}");
                let start = format!("component {guest} failed in {function}: ");
                assert!(message.starts_with(&start) && message.contains(said), "{message}");
            }
        }
    }
}

#[test]
fn a_setting_that_is_not_known_is_refused_by_name() {
    let limits = Limits::default();
    for (guest, said) in [
        (
            "totals",
            "component totals refuses its settings: totals has no setting \"limit\"; it has none",
        ),
        ("anomaly", "it has threshold, window-minutes, slide-minutes"),
    ] {
        let error = describe_aggregate(&source(guest, &[("limit", "3")]), limits).unwrap_err();
        assert_eq!(error.code, Code::Setting);
        assert!(error.message.contains(said), "{error}");
    }
    let error = EventTimes::new(&source("decoder", &[("max-value-bytes", "0")]), limits)
        .map(drop)
        .unwrap_err();
    assert_eq!(error.code, Code::Setting);
    assert!(
        error.message.contains("max-value-bytes is \"0\", expected a whole number from 1"),
        "{error}"
    );
}

#[test]
fn the_project_s_own_say_what_they_are() {
    let limits = Limits::default();
    let anomaly = describe_aggregate(
        &source(
            "anomaly",
            &[("threshold", "20"), ("window-minutes", "60"), ("slide-minutes", "25")],
        ),
        limits,
    )
    .unwrap();
    assert_eq!(anomaly.name, "anomaly");
    assert_eq!((anomaly.window_size_millis, anomaly.window_slide_millis), (3_600_000, 1_500_000));
    assert_eq!((anomaly.slice_millis, anomaly.sliding, anomaly.min_weight), (300_000, true, 21));
    let totals = describe_aggregate(&source("totals", &[]), limits).unwrap();
    assert_eq!((totals.slice_millis, totals.sliding, totals.min_weight), (86_400_000, false, 1));
    assert_eq!(totals.digest.len(), 64);
    assert_ne!(totals.digest, anomaly.digest);
    assert_eq!(describe_decoder(&source("decoder", &[]), limits).unwrap().name, "decoder");
}
