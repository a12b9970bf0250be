//! Event times of single values: what has none, or makes the decoder fail, has none.

use crate::support::{on_marked, source, strict};
use component_host::EventTimes;
use std::time::{Duration, Instant};

#[test]
fn of_the_data() {
    let mut times = EventTimes::new(&source("decoder", &[]), strict()).unwrap();
    let date = |text: &str| format!(r#"{{"Date":"{text}"}}"#).into_bytes();
    assert_eq!(times.of(&date("2018-01-01T00:30:00")), Some(1_514_766_600_000));
    assert_eq!(times.of(&date("01/01/2018 12:30:00 AM")), Some(1_514_766_600_000));
    for none in [date("yesterday"), Vec::new(), b"{".to_vec(), b"\xff".to_vec(), b"{}".to_vec()] {
        assert_eq!(times.of(&none), None);
    }
}

#[test]
fn of_a_value_that_the_decoder_fails_on() {
    for deed in ["trap", "loop", "bomb", "overflow"] {
        let hostile = on_marked("hostile-decoder", "event-time", deed);
        let mut times = EventTimes::new(&hostile, strict()).unwrap();
        let start = Instant::now();
        assert_eq!(times.of(b"1 4000 1 THEFT HOSTILE"), None, "{deed}");
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        assert_eq!(times.of(b"1 4000 1 THEFT STREET"), Some(4000), "after {deed}");
    }
}
