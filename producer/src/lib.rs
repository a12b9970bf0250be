//! Reads crime records, orders them by event time and sends them to Kafka.
