//! A sink that sends nothing.

use std::time::Duration;

use super::{Deliveries, Message, Sink, SinkError};

/// Takes every message as if it had been acknowledged, and keeps the first ones.
#[derive(Debug, Default)]
pub struct DryRun {
    keep: usize,
    kept: Vec<String>,
    deliveries: Deliveries,
}

impl DryRun {
    /// Keeps so many values.
    #[must_use]
    pub fn keeping(keep: usize) -> Self {
        Self { keep, ..Self::default() }
    }

    /// The first values.
    #[must_use]
    pub fn kept(&self) -> &[String] {
        &self.kept
    }
}

impl Sink for DryRun {
    fn send(&mut self, message: Message<'_>, _: &dyn Fn() -> bool) -> Result<bool, SinkError> {
        if self.kept.len() < self.keep {
            self.kept.push(String::from_utf8_lossy(message.value).into_owned());
        }
        self.deliveries.sent += 1;
        self.deliveries.acknowledged += 1;
        self.deliveries.numbers.insert(message.number);
        Ok(true)
    }

    fn wait(&mut self, _: Duration) {}

    fn finish(&mut self, _: Duration) -> Result<(), SinkError> {
        Ok(())
    }

    fn abandon(&mut self, _: Duration) -> Result<(), SinkError> {
        Ok(())
    }

    fn deliveries(&self) -> Deliveries {
        self.deliveries.clone()
    }
}
