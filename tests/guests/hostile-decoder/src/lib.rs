//! Hostile guest: a decoder of lines such as `17 86400000 4 THEFT STREET` (ID, time, district, primary type,
//! description) as long as it behaves, and otherwise what its settings say (see `misdeeds`). A line is marked by its
//! last word.

use generated::exports::crimes::udf::decoding::{
    ByteLists, Decoded, Description, DocumentList, Events, Guest, Reject, RejectReason, Setting,
};
use misdeeds::Plan;
use std::cell::RefCell;

#[allow(
    unsafe_code,
    missing_docs,
    unreachable_pub,
    rust_2018_idioms,
    clippy::all,
    reason = "generated from the contract"
)]
mod generated {
    wit_bindgen::generate!({ world: "decoder", path: "../../../udf/wit" });
    use super::Hostile;
    export!(Hostile);
}

thread_local! {
    static PLAN: RefCell<Plan> = RefCell::default();
}

struct Hostile;

/// Does what is due, or gives the lie to tell.
fn act<'a>(function: &str, texts: impl IntoIterator<Item = &'a [u8]>) -> String {
    PLAN.with_borrow(|plan| plan.act(function, texts))
}

/// The last word of a line, which says whether it is marked.
fn last_word(line: &[u8]) -> &[u8] {
    line.rsplit(|&byte| byte == b' ').next().unwrap_or_default()
}

impl Guest for Hostile {
    fn configure(settings: Vec<Setting>) -> Result<(), String> {
        last_words::keep();
        let plan = Plan::new(settings.iter().map(|s| (s.name.as_str(), s.value.as_str())))?;
        PLAN.set(plan);
        act("configure", []);
        Ok(())
    }

    fn describe() -> Description {
        let mut said = Description {
            name: "hostile-decoder".to_owned(),
            version: "0".to_owned(),
            document_mapping: "{}".to_owned(),
        };
        match act("describe", []).as_str() {
            "bad-name" => said.name = "../decoder".to_owned(),
            "long-name" => said.name = "x".repeat(100_000),
            "long-version" => said.version = "1".repeat(100_000),
            "bad-mapping" => said.document_mapping = "[]".to_owned(),
            _ => {}
        }
        said
    }

    fn decode(values: ByteLists) -> Decoded {
        let lines: Vec<&[u8]> = split(&values);
        let deed = act("decode", lines.iter().map(|line| last_word(line)));
        let mut decoded = Decoded {
            events: no_events(),
            rejects: Vec::new(),
            without_position: 0,
            doubtful_updates: 0,
        };
        for (index, line) in (0..).zip(lines) {
            let read = std::str::from_utf8(line)
                .ok()
                .and_then(|line| push(&mut decoded.events, index, line));
            if read.is_none() {
                decoded.rejects.push(reject(index, "not five words".to_owned()));
            }
        }
        let events = &mut decoded.events;
        match deed.as_str() {
            "short-column" => events.id.truncate(events.id.len().saturating_sub(1)),
            "index-beyond-batch" => *last(&mut events.record_index) = 1_000_000,
            "index-twice" => events.record_index.iter_mut().for_each(|index| *index = 0),
            "text-that-is-not-there" => *last(&mut events.primary_type) = u32::MAX,
            "ends-beyond-bytes" => *last(&mut events.texts.ends) += 1,
            "ends-descend" => events.texts.ends.insert(0, u32::MAX),
            "no-utf8" => *last(&mut events.texts.bytes) = 0xff,
            "no-date" => *last(&mut events.time) = i64::MAX,
            "without-position" => decoded.without_position = u32::MAX,
            "reject-beyond-batch" => decoded.rejects.push(reject(u32::MAX, String::new())),
            "drop" => decoded.events = no_events(),
            "long-detail" => decoded.rejects.push(reject(0, "x".repeat(201))),
            "same-bytes-often" => decoded.rejects = same_bytes_often(),
            _ => {}
        }
        decoded
    }

    fn documents(events: Events) -> DocumentList {
        let deed = act("documents", events.description.iter().map(|&d| text(&events, d)));
        let mut list = DocumentList { ids: no_lists(), versions: Vec::new(), bodies: no_lists() };
        for &id in &events.id {
            add(&mut list.ids, id.to_string().as_bytes());
            list.versions.push(0);
            add(&mut list.bodies, b"{}");
        }
        match deed.as_str() {
            "version-negative" => *last(&mut list.versions) = -1,
            "more-than-events" => {
                add(&mut list.ids, b"1");
                list.versions.push(0);
                add(&mut list.bodies, b"{}");
            }
            "no-object" => list.bodies = same(&events, b"[]"),
            "cut-off" => list.bodies = same(&events, b"{\"a\":1"),
            "two-objects" => list.bodies = same(&events, b"{}{}"),
            "two-lines" => list.bodies = same(&events, b"{\n}"),
            "long-id" => list.ids = same(&events, &[b'x'; 513]),
            "no-id" => list.ids = ByteLists { bytes: Vec::new(), ends: vec![0; events.id.len()] },
            "fewer-bodies" => drop(list.bodies.ends.pop()),
            "ends-beyond-bytes" => *last(&mut list.ids.ends) += 1,
            "no-utf8" => *last(&mut list.bodies.bytes) = 0xff,
            _ => {}
        }
        list
    }

    fn event_time(value: Vec<u8>) -> Option<i64> {
        if act("event-time", [last_word(&value)]) == "no-date" {
            return Some(i64::MAX);
        }
        std::str::from_utf8(&value).ok()?.split(' ').nth(1)?.parse().ok()
    }
}

fn reject(index: u32, detail: String) -> Reject {
    Reject { index, reason: RejectReason::MalformedJson, detail }
}

#[allow(clippy::expect_used, reason = "a guest that misbehaves by profession")]
fn last<T>(column: &mut [T]) -> &mut T {
    column.last_mut().expect("lies are told of batches with events")
}

fn split(lists: &ByteLists) -> Vec<&[u8]> {
    let starts = std::iter::once(0).chain(lists.ends.iter().copied());
    starts
        .zip(&lists.ends)
        .map(|(start, &end)| &lists.bytes[start as usize..end as usize])
        .collect()
}

fn text(events: &Events, index: u32) -> &[u8] {
    split(&events.texts)[index as usize]
}

fn no_lists() -> ByteLists {
    ByteLists { bytes: Vec::new(), ends: Vec::new() }
}

fn add(lists: &mut ByteLists, entry: &[u8]) {
    lists.bytes.extend_from_slice(entry);
    lists.ends.push(lists.bytes.len() as u32);
}

/// The same bytes for each event.
fn same(events: &Events, bytes: &[u8]) -> ByteLists {
    let mut lists = no_lists();
    events.id.iter().for_each(|_| add(&mut lists, bytes));
    lists
}

/// Adds a line's event, unless it is no line.
fn push(events: &mut Events, index: u32, line: &str) -> Option<()> {
    let words: Vec<&str> = line.split(' ').collect();
    let [id, time, district, primary_type, description] = words.as_slice() else { return None };
    let (id, time, district) = (id.parse().ok()?, time.parse().ok()?, district.parse().ok()?);
    events.record_index.push(index);
    events.id.push(id);
    events.time.push(time);
    events.updated.push(0);
    events.district.push(district);
    for column in [&mut events.beat, &mut events.ward, &mut events.community_area] {
        column.push(0);
    }
    events.flags.push(0);
    events.latitude.push(41.8);
    events.longitude.push(-87.6);
    let first = events.texts.ends.len() as u32;
    add(&mut events.texts, primary_type.as_bytes());
    add(&mut events.texts, description.as_bytes());
    events.primary_type.push(first);
    events.description.push(first + 1);
    events.location_description.push(first + 1);
    Some(())
}

fn no_events() -> Events {
    Events {
        record_index: Vec::new(),
        id: Vec::new(),
        time: Vec::new(),
        updated: Vec::new(),
        district: Vec::new(),
        beat: Vec::new(),
        ward: Vec::new(),
        community_area: Vec::new(),
        flags: Vec::new(),
        latitude: Vec::new(),
        longitude: Vec::new(),
        primary_type: Vec::new(),
        description: Vec::new(),
        location_description: Vec::new(),
        texts: no_lists(),
    }
}

/// Ten thousand texts of a megabyte that all are the same megabyte: small in here, ten gigabytes in a host that copies
/// each.
fn same_bytes_often() -> Vec<Reject> {
    let megabyte = "x".repeat(1 << 20).leak();
    let again = |index| {
        #[allow(unsafe_code, reason = "it is hostile")]
        // SAFETY: there is none to claim: the text is in many places at once, and whoever drops two of them frees one
        // piece of memory twice. It is this guest's memory only, which is what the test is about.
        let detail = unsafe { String::from_raw_parts(megabyte.as_mut_ptr(), 1 << 20, 1 << 20) };
        reject(index, detail)
    };
    (0..10_000).map(again).collect()
}
