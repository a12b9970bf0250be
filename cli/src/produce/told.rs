//! The summary of `crimes produce`: for a person on standard error, for a script on standard output.

use std::collections::BTreeMap;
use std::io::Write as _;

use anyhow::Context as _;
use crimes_producer::produce::{Ended, Summary};
use crimes_producer::record::Reason;
use serde_json::json;

use super::options::ProduceOptions;
use crate::figures::{bytes, thousands};
use crate::session::{Session, finish};

/// Says what became of all rows.
pub(super) fn summary(
    summary: &Summary,
    broken: &BTreeMap<Reason, u64>,
    options: &ProduceOptions,
    first: &[String],
    session: &Session,
) -> anyhow::Result<()> {
    let deliveries = &summary.deliveries;
    let seconds = summary.elapsed.as_secs_f64();
    let rate = deliveries.acknowledged as f64 / seconds.max(0.001);
    let topic = &options.kafka.topic;
    if summary.sent_before > 0 {
        session.info(format_args!("{} records were sent before", thousands(summary.sent_before)));
    }
    if options.dry_run {
        let records = thousands(summary.records);
        session.info(format_args!(
            "{records} records would be sent to {topic} ({}); nothing was sent",
            bytes(summary.bytes)
        ));
    } else {
        session.info(format_args!(
            "{} records acknowledged by {topic} in {seconds:.1} s ({}/s, {})",
            thousands(deliveries.acknowledged),
            thousands(rate as u64),
            bytes(summary.bytes)
        ));
    }
    if options.transactional {
        session.info(match summary.is_whole() {
            true => "the transaction is committed: readers see all of them",
            false => "the transaction is undone: readers see none of them",
        });
    }
    if let Some((first, last)) = summary.event_times {
        session.info(format_args!("event times from {} to {}", iso(first), iso(last)));
    }
    if summary.without_district > 0 {
        session.info(format_args!(
            "{} of them without a district, so without a key",
            thousands(summary.without_district)
        ));
    }
    for (reason, count) in broken {
        let rows = if *count == 1 { "row" } else { "rows" };
        session.warn(format_args!("{} {rows} not sent: {reason}", thousands(*count)));
    }
    for (failure, count) in &deliveries.failures {
        let partition = failure.partition.map_or_else(String::new, |number| format!("-{number}"));
        session.warn(format_args!(
            "{} records not acknowledged by {}{partition}: {}",
            thousands(*count),
            failure.topic,
            failure.cause
        ));
    }
    if deliveries.in_flight() > 0 {
        session.warn(format_args!(
            "{} records were still on their way when waiting for them ended: whether they arrived is not known",
            thousands(deliveries.in_flight())
        ));
    }
    if options.json {
        return print(summary, broken, options, first, session);
    }
    let mut data = session.data();
    for value in first {
        writeln!(data, "{value}").context("cannot write to standard output")?;
    }
    finish(data)
}

fn print(
    summary: &Summary,
    broken: &BTreeMap<Reason, u64>,
    options: &ProduceOptions,
    first: &[String],
    session: &Session,
) -> anyhow::Result<()> {
    let deliveries = &summary.deliveries;
    let ended = match summary.ended {
        Ended::Complete => "complete",
        Ended::Strict(_) => "strict",
        Ended::Stopped => "interrupted",
        Ended::Source(_) => "unreadable",
        Ended::Sink(_) => "undeliverable",
        Ended::Memory(_) => "position-not-written",
    };
    let broken: BTreeMap<&str, u64> =
        broken.iter().map(|(reason, count)| (reason.key(), *count)).collect();
    let failures: Vec<_> = deliveries
        .failures
        .iter()
        .map(|(failure, count)| {
            json!({"topic": failure.topic, "partition": failure.partition, "cause": failure.cause, "records": count})
        })
        .collect();
    let committed = options.transactional.then(|| summary.is_whole());
    let first: Vec<serde_json::Value> =
        first.iter().map(|value| serde_json::from_str(value)).collect::<Result<_, _>>()?;
    let object = json!({
        "ended": ended,
        "dry_run": options.dry_run,
        "committed": committed,
        "topic": options.kafka.topic,
        "records": summary.records,
        "sent_before": summary.sent_before,
        "sent": deliveries.sent,
        "acknowledged": deliveries.acknowledged,
        "failed": deliveries.failed(),
        "unknown": deliveries.in_flight(),
        "failures": failures,
        "broken": broken,
        "without_district": summary.without_district,
        "value_bytes": summary.bytes,
        "first_event_time": summary.event_times.map(|(first, _)| iso(first)),
        "last_event_time": summary.event_times.map(|(_, last)| iso(last)),
        "seconds": summary.elapsed.as_secs_f64(),
        "first_records": first,
    });
    let mut data = session.data();
    writeln!(data, "{object}").context("cannot write to standard output")?;
    finish(data)
}

fn iso(millis: i64) -> String {
    chrono::DateTime::from_timestamp_millis(millis)
        .map_or_else(|| millis.to_string(), |time| time.format("%Y-%m-%dT%H:%M:%S").to_string())
}
