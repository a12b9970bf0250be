//! Kafka's own performance test, with the same values, against the same broker and topic settings.

use std::path::Path;
use std::process::Command;

use crate::kafka::Topic;
use crate::{Failed, RUNS};

/// Its best rate in records a second, with its own batch size and with ours: whichever suits it better.
pub(crate) fn best(
    classpath: &str,
    bootstrap: &str,
    compression: &str,
    values: &Path,
    records: u64,
) -> Result<f64, Failed> {
    let mut best = 0.0_f64;
    for batch_size in ["16384", "1000000"] {
        for _ in 0..RUNS {
            best = best.max(run(classpath, bootstrap, compression, batch_size, values, records)?);
        }
    }
    Ok(best)
}

fn run(
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
