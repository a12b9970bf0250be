//! The report for scripts. A server that was not asked, or did not answer, is null; so is what is not there.

use chrono::NaiveDateTime;
use serde_json::{Map, Value, json};

use super::dead_letters::DeadLetters;
use super::episodes::Episode;
use super::tables::District;
use super::{Report, ReportOptions, Rows};

pub(super) fn json(
    report: &Report,
    options: &ReportOptions,
    addresses: &[(&'static str, String)],
) -> Value {
    let kafka = report.kafka.as_ref().map(|topics| {
        json!({
            "topic": options.topic,
            "records": topics.records,
            "rejected": topics.rejected.as_ref().map(letters),
            "late": topics.late.as_ref().map(letters),
        })
    });
    let documents = report
        .elasticsearch
        .as_ref()
        .map(|it| json!({ "index": options.search.index, "count": it.count }));
    let look: Map<String, Value> = addresses
        .iter()
        .map(|(name, address)| (name.to_lowercase(), Value::from(address.as_str())))
        .collect();
    json!({
        "kafka": kafka,
        "flink": report.flink,
        "totals": report.postgres.as_ref().map(|rows| totals(rows, options.top)),
        "anomalies": report.postgres.as_ref().map(|rows| anomalies(rows, options.top)),
        "documents": documents,
        "look": look,
    })
}

fn letters(letters: &DeadLetters) -> Value {
    json!({ "messages": letters.messages, "distinct": letters.distinct(), "by": letters.by_header })
}

fn totals(rows: &Rows, top: usize) -> Value {
    let tables = &rows.tables;
    let districts: Vec<Value> = tables.districts.iter().take(top).map(district).collect();
    json!({
        "rows": tables.rows,
        "crimes": tables.crimes(),
        "first_day": tables.first_day.map(|day| day.date().to_string()),
        "last_day": tables.last_day.map(|day| day.date().to_string()),
        "districts": districts,
    })
}

fn district(it: &District) -> Value {
    let District { district, crimes, domestic, arrests } = it;
    json!({ "district": district, "crimes": crimes, "domestic": domestic, "arrests": arrests })
}

fn anomalies(rows: &Rows, top: usize) -> Value {
    let episodes: Vec<Value> = rows.episodes.iter().take(top).map(episode).collect();
    let planted =
        rows.planted.as_ref().map(|it| json!({ "labelled": it.labelled, "found": it.found }));
    json!({
        "windows": rows.tables.anomalies.len(),
        "episodes": rows.episodes.len(),
        "top": episodes,
        "planted": planted,
    })
}

fn episode(it: &Episode) -> Value {
    json!({
        "type": it.primary_type, "district": it.district, "start": time(it.start), "end": time(it.end),
        "most": it.most, "windows": it.windows
    })
}

fn time(time: NaiveDateTime) -> String {
    time.format("%Y-%m-%dT%H:%M:%S").to_string()
}
