//! Slices: the equal steps of time into which windows fall apart.
//!
//! Every record of a slice belongs to just the same windows, so a slice is the finest grain at which a batch has to be
//! pre-aggregated. Its length is the greatest step that divides both the size and the slide of the windows.

/// The slice of windows of `size` every `slide`, in the same unit as both.
#[must_use]
pub fn length(size: u64, slide: u64) -> u64 {
    if slide == 0 { size } else { length(slide, size % slide) }
}

/// The start of the slice that `time` lies in. `slice` > 0; both in ms.
#[must_use]
pub fn start(time: i64, slice: u64) -> i64 {
    let slice = i64::try_from(slice).unwrap_or(i64::MAX).max(1);
    time - time.rem_euclid(slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_divides_size_and_slide_and_nothing_greater_does() {
        for (size, slide) in
            [(300_u64, 30_u64), (86_400, 86_400), (60, 25), (7, 3), (10, 4), (5, 1)]
        {
            let want = (1..=slide).filter(|s| size % s == 0 && slide % s == 0).max().unwrap();
            assert_eq!(length(size, slide), want, "{size} {slide}");
        }
    }

    #[test]
    fn start_is_at_or_before_the_time_on_both_sides_of_1970() {
        assert_eq!(
            (start(0, 10), start(9, 10), start(10, 10), start(-1, 10), start(-10, 10)),
            (0, 0, 10, -10, -10)
        );
    }
}
