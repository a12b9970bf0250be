//! Which events come too late for an aggregate's windows.
//!
//! An event is late if the last window that would take it is over, which is Flink's rule: a window is over when the
//! watermark has reached its last millisecond.

/// The least event time that is not late for windows of `size` every `slide` (ms) under `watermark`, or `None` where
/// nothing is late yet.
pub(crate) fn horizon(watermark: i64, size: u64, slide: u64) -> Option<i64> {
    if watermark == i64::MIN {
        return None;
    }
    // the last window of time t starts at the greatest multiple of slide that is <= t, so it is over iff that
    // multiple is <= watermark + 1 - size
    let over = i128::from(watermark) + 1 - i128::from(size);
    let slide = i128::from(slide);
    let first_open = (over.div_euclid(slide) + 1) * slide;
    // before all times nothing is late; behind all of them everything is
    (first_open > i128::from(i64::MIN)).then(|| i64::try_from(first_open).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against enumerating the windows of a time.
        #[test]
        fn late_is_when_no_window_is_open(time in -500_i64..500, watermark in -600_i64..600, size in 1_i64..60, slide in 1_i64..60) {
            prop_assume!(slide <= size);
            let open = (-700..700).filter(|start: &i64| start.rem_euclid(slide) == 0)
                .any(|start| start <= time && time < start + size && start + size - 1 > watermark);
            let late = time < horizon(watermark, size as u64, slide as u64).unwrap();
            prop_assert_eq!(late, !open);
        }
    }

    #[test]
    fn extremes_do_not_overflow() {
        assert_eq!(horizon(i64::MIN, 10, 5), None);
        assert_eq!(horizon(i64::MAX, 1, 1), Some(i64::MAX));
        // the beginning of time, less a window: it was taken for the end of time, and everything for late
        for (size, slide) in [(86_400_000, 86_400_000), (18_000_000, 1_800_000), (u64::MAX, 1)] {
            assert_eq!(horizon(i64::MIN + 1, size, slide), None, "{size} every {slide}");
        }
        assert_eq!(horizon(i64::MAX, u64::MAX, u64::MAX), Some(0));
    }
}
