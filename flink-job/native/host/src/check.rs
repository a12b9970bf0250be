//! What a component gives back is not trusted: lengths, orders and indices are checked before anyone relies on them.

use crate::events::ByteLists;
use crate::generated::aggregate::exports::crimes::udf::windowed_aggregate as aggregate;
use crate::generated::decoder::exports::crimes::udf::decoding as decoder;

type Checked = Result<(), String>;

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
    ends("texts", &e.texts.bytes, &e.texts.ends)?;
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
    ends("ids", &documents.ids.bytes, &documents.ids.ends)?;
    ends("bodies", &documents.bodies.bytes, &documents.bodies.ends)?;
    if documents.versions.iter().any(|&v| v < 0) {
        return Err("a version is negative".to_owned());
    }
    let ids = ByteLists { bytes: documents.ids.bytes.clone(), ends: documents.ids.ends.clone() };
    match (0..n).find(|&i| ids.get(i).is_empty() || std::str::from_utf8(ids.get(i)).is_err()) {
        Some(i) => Err(format!("the id of document {i} is empty or not UTF-8")),
        None => Ok(()),
    }
}

/// Checks what `ingest` gave for `events` events and a slice of `slice` ms.
pub(crate) fn contributions(c: &aggregate::Contributions, events: usize, slice: i64) -> Checked {
    let n = c.slice_start.len();
    same("weight", c.weight.len(), n)?;
    same("keys", c.keys.ends.len(), n)?;
    same("partials", c.partials.ends.len(), n)?;
    ends("keys", &c.keys.bytes, &c.keys.ends)?;
    ends("partials", &c.partials.bytes, &c.partials.ends)?;
    if let Some(start) = c.slice_start.iter().find(|&&s| s.rem_euclid(slice) != 0) {
        return Err(format!("slice start {start} is no multiple of {slice}"));
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
        let fits = match value {
            V::Null => !column.key,
            V::Integer(_) => column.kind == T::Integer,
            V::Real(_) => column.kind == T::Real,
            V::Text(_) => column.kind == T::Text,
            V::Boolean(_) => column.kind == T::Boolean,
            V::Timestamp(_) => column.kind == T::Timestamp,
        };
        if !fits {
            return Err(format!(
                "column {} is {:?}{}, found {value:?}",
                column.name,
                column.kind,
                if column.key { " and part of the key" } else { "" }
            ));
        }
    }
    Ok(())
}
