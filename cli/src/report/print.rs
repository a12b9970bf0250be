//! The report as text or JSON.

use std::io::{self, Write};

use super::dead_letters::DeadLetters;
use super::json::json;
use super::{Report, ReportOptions, Rows};
use crate::figures::thousands;
use crate::session::{Session, finish};

pub(super) fn print(
    report: &Report,
    options: &ReportOptions,
    addresses: &[(&'static str, String)],
    session: &Session,
) -> anyhow::Result<()> {
    let mut data = session.data();
    if options.json {
        writeln!(data, "{}", json(report, options, addresses))?;
    } else {
        text(report, options, addresses, &mut data)?;
    }
    finish(data)
}

fn text(
    report: &Report,
    options: &ReportOptions,
    addresses: &[(&'static str, String)],
    out: &mut impl Write,
) -> io::Result<()> {
    if let Some(topics) = &report.kafka {
        writeln!(out, "Kafka")?;
        line(out, &format!("records on {}", options.topic), topics.records.map(thousands))?;
        letters(out, "rejected", topics.rejected.as_ref())?;
        letters(out, "late", topics.late.as_ref())?;
    }
    if let Some(states) = &report.flink {
        writeln!(out, "Flink")?;
        let states: Vec<String> =
            states.iter().map(|(state, count)| format!("{} {state}", thousands(*count))).collect();
        let figures = if states.is_empty() { "none".to_owned() } else { states.join(", ") };
        line(out, "jobs", Some(figures))?;
    }
    if let Some(rows) = &report.postgres {
        totals(rows, options.top, out)?;
        anomalies(rows, options.top, out)?;
    }
    if let Some(documents) = &report.elasticsearch {
        writeln!(out, "Map")?;
        let what = format!("documents in {}", options.search.index);
        line(out, &what, documents.count.map(thousands))?;
    }
    if !addresses.is_empty() {
        writeln!(out, "Where to look")?;
    }
    for (name, address) in addresses {
        line(out, name, Some(address.clone()))?;
    }
    Ok(())
}

fn totals(rows: &Rows, top: usize, out: &mut impl Write) -> io::Result<()> {
    let tables = &rows.tables;
    writeln!(out, "Crimes per district and day")?;
    line(out, "crimes counted", Some(thousands(tables.crimes().unsigned_abs())))?;
    line(out, "rows", Some(thousands(tables.rows.unsigned_abs())))?;
    if let (Some(first), Some(last)) = (tables.first_day, tables.last_day) {
        line(out, "first and last day", Some(format!("{}, {}", first.date(), last.date())))?;
    }
    for it in tables.districts.iter().take(top) {
        let [crimes, domestic, arrests] =
            [it.crimes, it.domestic, it.arrests].map(|number| thousands(number.unsigned_abs()));
        let figures = format!("{crimes}, {domestic} of them domestic, {arrests} with an arrest");
        line(out, &format!("district {}", it.district), Some(figures))?;
    }
    Ok(())
}

fn anomalies(rows: &Rows, top: usize, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "Anomalies")?;
    line(out, "windows over the threshold", Some(thousands(rows.tables.anomalies.len() as u64)))?;
    line(out, "episodes", Some(thousands(rows.episodes.len() as u64)))?;
    if let Some(planted) = &rows.planted {
        let figures = format!("{} of {}", planted.found, planted.labelled);
        line(out, "planted ones found", Some(figures))?;
    }
    for it in rows.episodes.iter().take(top) {
        let what = format!("{} in district {}", it.primary_type, it.district);
        let (start, end) = (it.start.format("%Y-%m-%d %H:%M"), it.end.format("%Y-%m-%d %H:%M"));
        let figures =
            format!("{} in one window, {start} to {end}", thousands(it.most.unsigned_abs().into()));
        line(out, &what, Some(figures))?;
    }
    Ok(())
}

fn letters(out: &mut impl Write, what: &str, letters: Option<&DeadLetters>) -> io::Result<()> {
    let figures = letters.map(|letters| {
        let distinct = letters.distinct();
        let why: Vec<String> = letters
            .by_header
            .iter()
            .map(|(why, count)| format!("{why} {}", thousands(*count)))
            .collect();
        let again = letters.messages - distinct;
        let mut figures = thousands(distinct);
        if !why.is_empty() {
            figures = format!("{figures}: {}", why.join(", "));
        }
        if again > 0 {
            figures = format!("{figures} (and {} sent again)", thousands(again));
        }
        figures
    });
    line(out, what, figures)
}

/// What is not there has no figure.
fn line(out: &mut impl Write, what: &str, figures: Option<String>) -> io::Result<()> {
    writeln!(out, "  {what:<36} {}", figures.as_deref().unwrap_or("not there"))
}
