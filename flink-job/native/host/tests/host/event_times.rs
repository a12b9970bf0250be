//! Event times of single values: what has none, has none; what makes the decoder fail, is an error.

use crate::support::{on_marked, patient, source, strict};
use component_host::{Code, EventTimes, Source};

#[test]
fn of_the_data() {
    let mut times = EventTimes::new(&source("decoder", &[]), strict()).unwrap();
    let date = |text: &str| format!(r#"{{"Date":"{text}"}}"#).into_bytes();
    for text in ["2018-01-01T00:30:00", "01/01/2018 12:30:00 AM"] {
        assert_eq!(times.of(&date(text)).unwrap(), Some(1_514_766_600_000));
    }
    for none in [date("yesterday"), Vec::new(), b"{".to_vec(), b"\xff".to_vec(), b"{}".to_vec()] {
        assert_eq!(times.of(&none).unwrap(), None);
    }
}

#[test]
fn of_a_value_that_the_decoder_fails_on() {
    for (deed, code, said) in [
        ("trap", Code::Trap, "failed in event-time: as planned (tests/guests/misdeeds/src/lib.rs:"),
        ("loop", Code::Deadline, "failed in event-time: took longer than 5 ms"),
        ("bomb", Code::Memory, "failed in event-time: wanted more than 16777216 bytes"),
        ("overflow", Code::Trap, "failed in event-time: wasm trap: call stack exhausted"),
        ("no-date", Code::Output, "9223372036854775807 ms, which is not in the years 1 to 9999"),
    ] {
        let hostile = on_marked("hostile-decoder", "event-time", deed);
        let limits = if deed == "loop" { strict() } else { patient() };
        let mut times = EventTimes::new(&hostile, limits).unwrap();
        let error = times.of(b"1 4000 1 THEFT HOSTILE").unwrap_err();
        assert_eq!(error.code, code, "{error}");
        assert!(error.message.contains(said), "{error} should say {said}");
        let honest = patient_of(&hostile).of(b"1 4000 1 THEFT STREET").unwrap();
        assert_eq!(honest, Some(4000), "after {deed}");
    }
}

fn patient_of(decoder: &Source) -> EventTimes {
    EventTimes::new(decoder, patient()).unwrap()
}

/// A decoder that ends on no value costs what it may cost in a batch, and is asked again after as many values.
#[test]
fn failures_cost_a_bounded_time() {
    let hostile = on_marked("hostile-decoder", "event-time", "loop");
    let mut times = EventTimes::new(&hostile, strict()).unwrap();
    let errors = |times: &mut EventTimes| {
        Vec::from_iter((0..1024).map(|_| times.of(b"1 4000 1 THEFT HOSTILE").unwrap_err().message))
    };
    for stretch in 0..2 {
        let said = errors(&mut times);
        // each of 5 ms at least, and ten deadlines are 500 ms
        let asked = said.iter().filter(|e| e.contains("took longer than 5 ms")).count();
        assert!((1..=101).contains(&asked), "{asked} in stretch {stretch}");
        let not_asked = said.iter().filter(|e| e.contains("was not asked about this record"));
        assert_eq!(asked + not_asked.count(), 1024);
    }
    let error = times.of(b"1 4000 1 THEFT HOSTILE").unwrap_err();
    assert!(error.message.contains("took longer"), "a new stretch: {error}");
}
