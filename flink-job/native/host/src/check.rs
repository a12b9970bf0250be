//! What a component gives back is not trusted: lengths, orders and indices are checked before anyone relies on them.

use crate::generated::aggregate::exports::crimes::udf::windowed_aggregate as aggregate;
use crate::generated::decoder::exports::crimes::udf::decoding as decoder;

type Checked = Result<(), String>;

/// Times that are dates: a hundred million days on both sides of 1970. ms. Beyond it, ends of windows overflow.
const TIMES: std::ops::RangeInclusive<i64> = -8_640_000_000_000_000..=8_640_000_000_000_000;

/// The longest detail of a reject, by the contract.
const MAX_DETAIL_BYTES: usize = 200;

fn ends(what: &str, bytes: &[u8], ends: &[u32]) -> Checked {
    if !ends.is_sorted() {
        return Err(format!("the ends of {what} do not ascend"));
    }
    let last = ends.last().map_or(0, |&e| e as usize);
    if last == bytes.len() {
        Ok(())
    } else {
        Err(format!("{what} ends at {last} and has {} bytes", bytes.len()))
    }
}

/// Byte strings that are said to be UTF-8, each for itself.
fn texts(what: &str, lists: &decoder::ByteLists) -> Checked {
    ends(what, &lists.bytes, &lists.ends)?;
    let all = std::str::from_utf8(&lists.bytes)
        .map_err(|e| format!("{what} is no UTF-8 at byte {}", e.valid_up_to()))?;
    match lists.ends.iter().find(|&&end| !all.is_char_boundary(end as usize)) {
        Some(end) => Err(format!("{what} has an end, {end}, within a character")),
        None => Ok(()),
    }
}

fn same(what: &str, found: usize, expected: usize) -> Checked {
    if found == expected {
        Ok(())
    } else {
        Err(format!("{what} has {found} entries, expected {expected}"))
    }
}

fn ascends(what: &str, indices: impl Iterator<Item = u32> + Clone, below: usize) -> Checked {
    if !indices.clone().is_sorted_by(|a, b| a < b) {
        return Err(format!("the indices of {what} do not ascend"));
    }
    match indices.last() {
        Some(last) if last as usize >= below => {
            Err(format!("{what} names record {last} of {below}"))
        }
        _ => Ok(()),
    }
}

/// Checks what `decode` gave for a batch of `count` values.
pub(crate) fn decoded(decoded: &decoder::Decoded, count: usize) -> Checked {
    let e = &decoded.events;
    let n = e.record_index.len();
    for (what, length) in [
        ("id", e.id.len()),
        ("time", e.time.len()),
        ("updated", e.updated.len()),
        ("district", e.district.len()),
        ("beat", e.beat.len()),
        ("ward", e.ward.len()),
        ("community-area", e.community_area.len()),
        ("flags", e.flags.len()),
        ("latitude", e.latitude.len()),
        ("longitude", e.longitude.len()),
        ("primary-type", e.primary_type.len()),
        ("description", e.description.len()),
        ("location-description", e.location_description.len()),
    ] {
        same(what, length, n)?;
    }
    ascends("events", e.record_index.iter().copied(), count)?;
    ascends("rejects", decoded.rejects.iter().map(|r| r.index), count)?;
    texts("texts", &e.texts)?;
    if let Some(time) = e.time.iter().find(|time| !TIMES.contains(time)) {
        return Err(format!("an event's time is {time} ms, which is no date"));
    }
    let texts = u32::try_from(e.texts.ends.len()).unwrap_or(u32::MAX);
    for (what, column) in [
        ("primary-type", &e.primary_type),
        ("description", &e.description),
        ("location-description", &e.location_description),
    ] {
        // without a branch in the loop, so that it runs over many at once
        if column.iter().fold(false, |bad, &i| bad | (i >= texts)) {
            return Err(format!("{what} names a text that is not there"));
        }
    }
    if let Some(reject) = decoded.rejects.iter().find(|r| r.detail.len() > MAX_DETAIL_BYTES) {
        let length = reject.detail.len();
        return Err(format!("the detail of a reject has {length} bytes, at most 200 are allowed"));
    }
    if decoded.without_position as usize > n {
        return Err(format!("{} of {n} events are without position", decoded.without_position));
    }
    Ok(())
}

/// Checks what `documents` gave for `events` events.
pub(crate) fn documents(documents: &decoder::DocumentList, events: usize) -> Checked {
    let n = documents.versions.len();
    if n > events {
        return Err(format!("{n} documents of {events} events"));
    }
    same("ids", documents.ids.ends.len(), n)?;
    same("bodies", documents.bodies.ends.len(), n)?;
    if documents.versions.iter().any(|&v| v < 0) {
        return Err("a version is negative".to_owned());
    }
    texts("ids", &documents.ids)?;
    texts("bodies", &documents.bodies)?;
    let ends = &documents.ids.ends;
    let starts = std::iter::once(0).chain(ends.iter().copied());
    match starts.zip(ends).position(|(start, &end)| start == end) {
        Some(i) => Err(format!("the id of document {i} is empty")),
        None => Ok(()),
    }
}

/// Checks what `ingest` gave for events at `times` (ms) and a slice of `slice` ms.
pub(crate) fn contributions(c: &aggregate::Contributions, times: &[i64], slice: u64) -> Checked {
    let (n, events) = (c.slice_start.len(), times.len());
    let slice = i64::try_from(slice).unwrap_or(i64::MAX);
    same("weight", c.weight.len(), n)?;
    same("keys", c.keys.ends.len(), n)?;
    same("partials", c.partials.ends.len(), n)?;
    ends("keys", &c.keys.bytes, &c.keys.ends)?;
    ends("partials", &c.partials.bytes, &c.partials.ends)?;
    if let Some(start) = c.slice_start.iter().find(|&&s| s.rem_euclid(slice) != 0) {
        return Err(format!("slice start {start} is no multiple of {slice}"));
    }
    // a slice far ahead would wait in state for ever, one far behind would be dropped as late
    let least = times.iter().min().map_or(0, |t| t.saturating_sub(t.rem_euclid(slice)));
    let greatest = times.iter().max().map_or(0, |&t| t);
    if let Some(start) = c.slice_start.iter().find(|&s| !(least..=greatest).contains(s)) {
        return Err(format!(
            "slice start {start} is outside the events' slices, {least} to {greatest}"
        ));
    }
    let weight: u64 = c.weight.iter().map(|&w| u64::from(w)).sum();
    if c.weight.contains(&0) || weight > events as u64 {
        return Err(format!("weights must be positive, and {events} events cannot weigh {weight}"));
    }
    Ok(())
}

/// Checks a row against the columns that the component described.
pub(crate) fn row(row: &[aggregate::Value], columns: &[aggregate::Column]) -> Checked {
    use aggregate::{ColumnType as T, Value as V};
    same("row", row.len(), columns.len())?;
    for (value, column) in row.iter().zip(columns) {
        let found = match value {
            V::Null => None,
            V::Integer(_) => Some(T::Integer),
            V::Real(_) => Some(T::Real),
            V::Text(_) => Some(T::Text),
            V::Boolean(_) => Some(T::Boolean),
            V::Timestamp(_) => Some(T::Timestamp),
        };
        if !found.map_or(!column.key, |found| found == column.kind) {
            return Err(format!(
                "column {} is {}{}, found {}",
                column.name,
                kind(column.kind),
                if column.key { " and part of the key" } else { "" },
                found.map_or("null", kind)
            ));
        }
    }
    Ok(())
}

fn kind(kind: aggregate::ColumnType) -> &'static str {
    use aggregate::ColumnType as T;
    match kind {
        T::Integer => "integer",
        T::Real => "real",
        T::Text => "text",
        T::Boolean => "boolean",
        T::Timestamp => "timestamp",
    }
}
