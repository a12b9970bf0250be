//! How often and how patiently a request is tried again.

use std::time::Duration;

/// Doubles its waits up to a longest one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// how often a request is tried in all
    pub attempts: u32,
    /// the first wait
    pub first: Duration,
    /// the longest wait, also where the server asks for a longer one
    pub longest: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 8, first: Duration::from_secs(1), longest: Duration::from_secs(120) }
    }
}

impl Retry {
    /// How long to wait after so many attempts; none if that was the last. `asked` is what the server asked for, and
    /// `chance`, from 0 to 1, spreads those who failed together: between half the wait and all of it.
    #[must_use]
    pub fn wait(&self, attempts: u32, asked: Option<Duration>, chance: f64) -> Option<Duration> {
        if attempts >= self.attempts {
            return None;
        }
        let doubled = self.first.saturating_mul(1 << attempts.saturating_sub(1).min(30));
        let ours = doubled.min(self.longest).mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0);
        Some(ours.max(asked.unwrap_or_default().min(self.longest)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(wait: Option<Duration>) -> Option<f64> {
        wait.map(|wait| wait.as_secs_f64())
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let retry = Retry { attempts: 10, ..Retry::default() };
        let waits: Vec<_> = (1..=10).map(|n| seconds(retry.wait(n, None, 1.0))).collect();
        let expected = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 120.0, 120.0];
        assert_eq!(waits[..9], expected.map(Some));
        assert_eq!(waits[9], None);
        assert_eq!(seconds(retry.wait(1, None, 0.0)), Some(0.5));
    }

    #[test]
    fn what_the_server_asks_for_is_heard_within_reason() {
        let retry = Retry::default();
        assert_eq!(seconds(retry.wait(1, Some(Duration::from_secs(30)), 1.0)), Some(30.0));
        assert_eq!(seconds(retry.wait(1, Some(Duration::from_secs(9999)), 1.0)), Some(120.0));
        assert_eq!(seconds(retry.wait(3, Some(Duration::ZERO), 1.0)), Some(4.0));
    }
}
