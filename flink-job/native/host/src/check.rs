//! What a component gives back is not trusted: lengths, orders and indices are checked before anyone relies on them.

use crate::generated::aggregate::exports::crimes::udf::windowed_aggregate as aggregate;
use crate::generated::decoder::exports::crimes::udf::decoding as decoder;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::cell::Cell;
use std::ops::RangeInclusive;

type Checked = Result<(), String>;

/// Event times: the years 1 to 9999, which Postgres and Elasticsearch take and people can read. ms.
const TIMES: RangeInclusive<i64> = -62_135_596_800_000..=253_402_300_799_999;
/// A row may also name the windows of such events, which begin at most a year before and end at most a year after. ms.
const ROW_TIMES: RangeInclusive<i64> =
    *TIMES.start() - 366 * 86_400_000..=*TIMES.end() + 366 * 86_400_000;

/// The longest detail of a reject, by the contract.
const MAX_DETAIL_BYTES: usize = 200;
/// The longest id that Elasticsearch takes.
const MAX_ID_BYTES: usize = 512;
/// What is one of many. Each is far beyond what a component needs, and small beside the memory of a process: a key
/// stands in the state beside each of its windows, and many documents wait for one request.
pub(crate) const MAX_KEY_BYTES: usize = 64 << 10;
const MAX_PARTIAL_BYTES: usize = 4 << 20;
const MAX_BODY_BYTES: usize = 16 << 20;
const MAX_HISTORY_BYTES: usize = 1 << 20;
const MAX_TEXT_BYTES: usize = 1 << 20;
/// An accumulator has all crimes of a window, some eight bytes each: eight million of them.
const MAX_ACCUMULATOR_BYTES: usize = 64 << 20;

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

fn at_most(what: &str, length: usize, limit: usize) -> Checked {
    if length <= limit {
        Ok(())
    } else {
        Err(format!("{what} has {length} bytes, at most {limit} are allowed"))
    }
}

/// Each entry's place and bytes, of lists whose ends have been checked.
fn entries<'a>(bytes: &'a [u8], ends: &'a [u32]) -> impl Iterator<Item = (usize, &'a [u8])> {
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts.zip(ends).map(|(start, &end)| &bytes[start as usize..end as usize]).enumerate()
}

fn each_at_most(what: &str, bytes: &[u8], ends: &[u32], limit: usize) -> Checked {
    // all together are few bytes, most often
    if bytes.len() <= limit {
        return Ok(());
    }
    entries(bytes, ends)
        .try_for_each(|(i, entry)| at_most(&format!("{what} {i}"), entry.len(), limit))
}

/// What a component may give back for one batch, over all parts of it.
pub(crate) struct Budget {
    whole: usize,
    left: Cell<usize>,
}

impl Budget {
    pub(crate) fn new(bytes: usize) -> Self {
        Self { whole: bytes, left: Cell::new(bytes) }
    }

    /// Takes what an output needs, or says why not.
    fn take(&self, bytes: usize) -> Checked {
        match self.left.get().checked_sub(bytes) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(format!(
                "it has {bytes} bytes, but only {} of {} are left for what this component gives back for a batch; make batches smaller, or let components have more memory",
                self.left.get(),
                self.whole
            )),
        }
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

/// Every value has an event or a reject. Both lists ascend and are below `count`.
fn complete(events: &[u32], rejects: &[decoder::Reject], count: usize) -> Checked {
    if events.len() == count {
        return Ok(());
    }
    let (mut events, mut rejects) =
        (events.iter().copied().peekable(), rejects.iter().map(|r| r.index).peekable());
    for index in 0..u32::try_from(count).unwrap_or(u32::MAX) {
        let (event, reject) = (events.next_if_eq(&index), rejects.next_if_eq(&index));
        if event.or(reject).is_none() {
            return Err(format!("value {index} of {count} is neither in events nor in rejects"));
        }
    }
    Ok(())
}

/// Checks the event time of a value.
pub(crate) fn event_time(time: Option<i64>) -> Checked {
    match time {
        Some(time) if !TIMES.contains(&time) => Err(no_date(time)),
        _ => Ok(()),
    }
}

fn no_date(time: i64) -> String {
    format!("an event's time is {time} ms, which is not in the years 1 to 9999")
}

/// Checks what `decode` gave for a batch of `count` values.
pub(crate) fn decoded(decoded: &decoder::Decoded, count: usize, budget: &Budget) -> Checked {
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
    complete(&e.record_index, &decoded.rejects, count)?;
    texts("texts", &e.texts)?;
    if let Some(time) = e.time.iter().find(|time| !TIMES.contains(time)) {
        return Err(no_date(*time));
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
    for (what, number) in
        [("position", decoded.without_position), ("a credible update", decoded.doubtful_updates)]
    {
        if number as usize > n {
            return Err(format!("{number} of {n} events are without {what}"));
        }
    }
    let details: usize = decoded.rejects.iter().map(|r| size_of_val(r) + r.detail.len()).sum();
    let texts = e.texts.bytes.len() + size_of_val(e.texts.ends.as_slice());
    budget.take(n * EVENT_BYTES + texts + details)
}

/// The numbers of an event in all columns.
const EVENT_BYTES: usize = 3 * 8 + 4 + 4 * 2 + 1 + 2 * 8 + 3 * 4;

/// Checks what `documents` gave for `events` events.
pub(crate) fn documents(
    documents: &decoder::DocumentList,
    events: usize,
    budget: &Budget,
) -> Checked {
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
    for (i, id) in entries(&documents.ids.bytes, &documents.ids.ends) {
        if !(1..=MAX_ID_BYTES).contains(&id.len()) {
            return Err(format!(
                "the id of document {i} has {} bytes, expected 1 to {MAX_ID_BYTES}",
                id.len()
            ));
        }
    }
    for (i, body) in entries(&documents.bodies.bytes, &documents.bodies.ends) {
        at_most(&format!("document {i}"), body.len(), MAX_BODY_BYTES)?;
        // a request has a document a line
        if body.contains(&b'\n') || body.contains(&b'\r') {
            return Err(format!("document {i} has more than one line"));
        }
        serde_json::from_slice::<Object>(body)
            .map_err(|e| format!("document {i} is no JSON object: {e}"))?;
    }
    budget.take(
        documents.ids.bytes.len()
            + documents.bodies.bytes.len()
            + n * (size_of::<i64>() + 2 * size_of::<u32>()),
    )
}

/// A JSON object, whatever is in it.
struct Object;

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Object;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Object, M::Error> {
                while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Object)
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// Checks what `ingest` gave for events at `times` (ms) and a slice of `slice` ms.
pub(crate) fn contributions(
    c: &aggregate::Contributions,
    times: &[i64],
    slice: u64,
    budget: &Budget,
) -> Checked {
    let (n, events) = (c.slice_start.len(), times.len());
    let slice = i64::try_from(slice).unwrap_or(i64::MAX);
    same("weight", c.weight.len(), n)?;
    same("keys", c.keys.ends.len(), n)?;
    same("partials", c.partials.ends.len(), n)?;
    ends("keys", &c.keys.bytes, &c.keys.ends)?;
    ends("partials", &c.partials.bytes, &c.partials.ends)?;
    each_at_most("key", &c.keys.bytes, &c.keys.ends, MAX_KEY_BYTES)?;
    each_at_most("partial", &c.partials.bytes, &c.partials.ends, MAX_PARTIAL_BYTES)?;
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
    let numbers = size_of::<i64>() + 3 * size_of::<u32>();
    budget.take(c.keys.bytes.len() + c.partials.bytes.len() + n * numbers)
}

/// Checks an accumulator or a history that is handed to Flink's state.
pub(crate) fn merged(state: &[u8]) -> Checked {
    at_most("the accumulator", state.len(), MAX_ACCUMULATOR_BYTES)
}

/// Checks what `finish` gave against the columns that the component described.
pub(crate) fn finished(finished: &aggregate::Finished, columns: &[aggregate::Column]) -> Checked {
    at_most("the history", finished.history.len(), MAX_HISTORY_BYTES)?;
    finished.row.as_ref().map_or(Ok(()), |values| row(values, columns))
}

fn row(row: &[aggregate::Value], columns: &[aggregate::Column]) -> Checked {
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
        match value {
            V::Real(number) if column.key && number.is_nan() => {
                return Err(format!("column {} is part of the key and no number", column.name));
            }
            V::Text(text) => {
                at_most(&format!("column {}", column.name), text.len(), MAX_TEXT_BYTES)?
            }
            V::Timestamp(time) if !ROW_TIMES.contains(time) => {
                return Err(format!(
                    "column {} is {time} ms, which is not in the years 0 to 10000",
                    column.name
                ));
            }
            _ => {}
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
