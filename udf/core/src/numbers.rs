//! Numbers as the data writes them.

/// A whole number without sign. The API gives some numbers as `7.0`, which is 7.
pub(crate) fn whole(text: &str) -> Option<u64> {
    let digits = text.strip_suffix(".0").unwrap_or(text).as_bytes();
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |n, &b| {
        let digit = b.is_ascii_digit().then(|| u64::from(b - b'0'))?;
        n.checked_mul(10)?.checked_add(digit)
    })
}

/// A code from 1 to `max`, or 0 where `text` is none.
pub(crate) fn code(text: &str, max: u16) -> u16 {
    whole(text).and_then(|n| u16::try_from(n).ok()).filter(|n| (1..=max).contains(n)).unwrap_or(0)
}

/// A decimal number. Those of at most fifteen digits, which the city's are, need no arithmetic beyond 64 bits: digits and
/// power of ten are exact as they are, so one division rounds right. All others are read the general way.
pub(crate) fn degrees(text: &str) -> Option<f64> {
    const POWERS: [f64; 16] =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    let short = || {
        let (sign, digits) = match text.as_bytes() {
            [b'-', digits @ ..] => (-1.0, digits),
            digits => (1.0, digits),
        };
        // beside at most fifteen digits there is a point
        if !(2..=16).contains(&digits.len()) {
            return None;
        }
        let (mut all, mut point) = (0_u64, None);
        for (i, &b) in digits.iter().enumerate() {
            match b {
                b'0'..=b'9' => all = all * 10 + u64::from(b - b'0'),
                b'.' if point.is_none() => point = Some(i + 1),
                _ => return None,
            }
        }
        Some(sign * (all as f64 / POWERS[digits.len() - point?]))
    };
    short().or_else(|| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn degrees_are_read_as_the_language_reads_them(
            text in "-?[0-9]{0,4}\\.?[0-9]{0,14}|[-+.0-9eEinfa]{0,9}|-?[0-9]{1,2}\\.[0-9]{9}"
        ) {
            let want: Option<f64> = text.parse().ok();
            prop_assert_eq!(degrees(&text).map(f64::to_bits), want.map(f64::to_bits), "{}", text);
        }

        #[test]
        fn whole_numbers_are_digits(text in "[0-9]{0,22}|[0-9.+-]{0,5}") {
            let digits = text.strip_suffix(".0").unwrap_or(&text);
            let want = digits.parse::<u64>().ok().filter(|_| !digits.starts_with('+'));
            prop_assert_eq!(whole(&text), want);
        }
    }
}
