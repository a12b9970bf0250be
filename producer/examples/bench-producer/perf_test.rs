//! Kafka's own performance test, with the same values, against the same broker and topic settings.

use std::path::Path;
use std::process::Command;

use crate::Failed;
use crate::kafka::Topic;

/// Its own batch size and ours: whichever suits it better counts.
pub(crate) const BATCH_SIZES: [&str; 2] = ["16384", "1000000"];

/// Its rate in records a second.
pub(crate) fn run(
    classpath: &str,
    bootstrap: &str,
    compression: &str,
    batch_size: &str,
    values: &Path,
    records: u64,
) -> Result<f64, Failed> {
    let topic = Topic::make(bootstrap)?;
    let mut java = Command::new("java");
    java.args(["-Xmx512m", "-cp", classpath, "org.apache.kafka.tools.ProducerPerformance"])
        .args(["--topic", &topic.name, "--throughput", "-1"])
        .args(["--num-records", &records.to_string(), "--payload-file"])
        .arg(values)
        .args(["--producer-props", "acks=all", "enable.idempotence=true", "linger.ms=20"])
        .arg(format!("bootstrap.servers={bootstrap}"))
        .arg(format!("compression.type={compression}"))
        .arg(format!("batch.size={batch_size}"))
        .arg("max.request.size=2000000");
    let output = java.output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    // its last line: 156385 records sent, 142000.1 records/sec (74.00 MB/sec), ...
    let rate = said.lines().rev().find_map(|line| {
        let (_, rest) = line.split_once("records sent, ")?;
        rest.split_once(" records/sec")?.0.parse().ok()
    });
    rate.ok_or_else(|| {
        format!("the performance test failed: {said}{}", String::from_utf8_lossy(&output.stderr))
            .into()
    })
}
