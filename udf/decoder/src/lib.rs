//! Component: raw Kafka values to events.
