//! A batch of any values, against reading each with serde_json and judging it by the contract's words.

use crate::aggregate::WindowedAggregate;
use crate::anomaly::Rule;
use crate::crime_set::CrimeSet;
use crate::decode::{Decoded, Decoder, MAX_DETAIL_BYTES, Reason};
use crate::document;
use crate::events::{ARREST, ByteLists, DOMESTIC, Events};
use crate::settings::Setting;
use crate::totals::{PerDistrictDay, WINDOW};
use chrono::NaiveDate;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// Small, so that values reach it.
const LONGEST: usize = 1000;

/// Takes a batch of raw values, each ended by a line feed.
///
/// # Panics
/// Where something does not hold.
pub fn json(batch: &[u8]) {
    let longest = Setting { name: "max-value-bytes".to_owned(), value: LONGEST.to_string() };
    let Ok(decoder) = Decoder::new(&[longest]) else { panic!("the setting is refused") };
    let mut values = ByteLists::default();
    batch.split(|&byte| byte == b'\n').for_each(|value| values.push(value));
    let decoded = decoder.decode(&values);
    let (mut event, mut reject) = (0, 0);
    for (index, value) in (0_u32..).zip(values.iter()) {
        let found = Found {
            event: (decoded.events.record_index.get(event) == Some(&index))
                .then(|| Event::of(&decoded.events, event)),
            reject: decoded.rejects.get(reject).filter(|it| it.index == index).map(|it| it.reason),
        };
        event += usize::from(found.event.is_some());
        reject += usize::from(found.reject.is_some());
        assert!(found.event.is_some() || found.reject.is_some(), "value {index} is lost");
        let Some((expected, time)) = expected(value) else { continue };
        assert_eq!(found, expected, "value {index}: {}", String::from_utf8_lossy(value));
        assert_eq!(decoder.event_time(value), time, "value {index}");
    }
    assert_eq!(
        (event, reject),
        (decoded.events.len(), decoded.rejects.len()),
        "in the order of the batch"
    );
    assert!(decoded.rejects.iter().all(|it| (1..=MAX_DETAIL_BYTES).contains(&it.detail.len())));
    let nowhere = decoded.events.latitude.iter().filter(|latitude| latitude.is_nan()).count();
    assert_eq!(decoded.without_position as usize, nowhere);
    documents(&decoded);
    windows(&PerDistrictDay, &decoded.events, WINDOW);
    windows(&Rule::default(), &decoded.events, 1_800_000);
}

/// Documents are JSON and say what the events say.
fn documents(decoded: &Decoded) {
    let (events, documents) = (&decoded.events, document::of(&decoded.events));
    let there = |&i: &usize| !events.latitude[i].is_nan();
    let with_position = Vec::from_iter((0..events.len()).filter(there));
    assert_eq!(documents.versions.len(), with_position.len());
    for (number, i) in with_position.into_iter().enumerate() {
        assert_eq!(documents.ids.get(number), events.id[i].to_string().as_bytes());
        let Ok(body) = serde_json::from_slice::<Value>(documents.bodies.get(number)) else {
            panic!("{} is no JSON", String::from_utf8_lossy(documents.bodies.get(number)));
        };
        let text = |column: &[u32]| {
            Some(String::from_utf8_lossy(events.texts.get(column[i] as usize)).into_owned())
                .filter(|text| !text.is_empty())
        };
        assert_eq!(body["location"]["lat"].as_f64(), Some(events.latitude[i]));
        assert_eq!(body["location"]["lon"].as_f64(), Some(events.longitude[i]));
        assert_eq!(body["type"].as_str().map(str::to_owned), text(&events.primary_type));
        assert_eq!(body["description"].as_str().map(str::to_owned), text(&events.description));
        assert_eq!(body["arrest"].as_bool(), Some(events.flags[i] & ARREST != 0));
    }
}

/// Every event that counts is in one contribution, whose accumulator is the aggregate's own.
fn windows(aggregate: &impl WindowedAggregate, events: &Events, slice: u64) {
    let contributions = aggregate.ingest(events, slice);
    let weight: u64 = contributions.weight.iter().map(|&weight| u64::from(weight)).sum();
    let counted = (0..events.len()).filter(|&i| events.counts(i)).count();
    assert_eq!(weight, counted as u64);
    for (start, partial) in contributions.slice_start.iter().zip(contributions.partials.iter()) {
        assert_eq!(start.rem_euclid(slice as i64), 0);
        assert!(CrimeSet::merge([partial]).is_ok_and(|set| !set.crimes().is_empty()));
    }
    if !contributions.weight.is_empty() {
        assert!(aggregate.merge(&contributions.partials).is_ok());
    }
}

/// What one value gives.
#[derive(Debug, Default, PartialEq)]
struct Found {
    event: Option<Event>,
    reject: Option<Reason>,
}

#[derive(Debug, PartialEq)]
struct Event {
    id: u64,
    time: i64,
    updated: i64,
    /// district, beat, ward, community area
    codes: [u16; 4],
    flags: u8,
    /// bits of latitude and longitude
    position: Option<[u64; 2]>,
    /// primary type, description, location description
    texts: [String; 3],
}

impl Event {
    fn of(events: &Events, i: usize) -> Self {
        let text = |column: &[u32]| {
            String::from_utf8_lossy(events.texts.get(column[i] as usize)).into_owned()
        };
        let position = [events.latitude[i], events.longitude[i]];
        Self {
            id: events.id[i],
            time: events.time[i],
            updated: events.updated[i],
            codes: [events.district[i], events.beat[i], events.ward[i], events.community_area[i]],
            flags: events.flags[i],
            position: (!position[0].is_nan()).then_some(position.map(f64::to_bits)),
            texts: [&events.primary_type, &events.description, &events.location_description]
                .map(|it| text(it)),
        }
    }
}

/// What must come of a value, and its event time; none where serde_json says too little about it to tell.
fn expected(value: &[u8]) -> Option<(Found, Option<i64>)> {
    let reject = |reason| Some((Found { event: None, reject: Some(reason) }, None));
    if value.is_empty() {
        return reject(Reason::EmptyValue);
    }
    if value.len() > LONGEST {
        return reject(Reason::TooLarge);
    }
    if std::str::from_utf8(value).is_err() {
        return reject(Reason::InvalidUtf8);
    }
    if serde_json::from_slice::<IgnoredAny>(value).is_err() {
        return reject(Reason::MalformedJson);
    }
    if !value.trim_ascii_start().starts_with(b"{") {
        // a number that no f64 holds is malformed to the one reader and a number to the other
        serde_json::from_slice::<Value>(value).ok()?;
        return reject(Reason::NotAnObject);
    }
    // a number that no f64 holds and half a surrogate are no values, but nobody minds them in a field that is not read
    let Pairs(pairs) = serde_json::from_slice(value).ok()?;
    Some(judged(&pairs))
}

/// Judges the pairs of an object.
fn judged(pairs: &[(String, Value)]) -> (Found, Option<i64>) {
    let text = |name: &str| text(pairs, name);
    let time = date(&text("date"));
    let reject = |reason| (Found { event: None, reject: Some(reason) }, time);
    let id = text("id");
    if id.is_empty() {
        return reject(Reason::MissingId);
    }
    let Some(id) = whole(&id) else { return reject(Reason::InvalidId) };
    if text("date").is_empty() {
        return reject(Reason::MissingDate);
    }
    let Some(at) = time else { return reject(Reason::InvalidDate) };
    let mut flags = 0;
    for (name, bit) in [("arrest", ARREST), ("domestic", DOMESTIC)] {
        match text(name).as_str() {
            "true" | "TRUE" | "True" | "Y" | "y" | "1" => flags |= bit,
            "" | "false" | "FALSE" | "False" | "N" | "n" | "0" => {}
            _ => return reject(Reason::InvalidFlag),
        }
    }
    let code = |name: &str, max: u64| {
        whole(&text(name)).filter(|code| (1..=max).contains(code)).map_or(0, |code| code as u16)
    };
    let degrees = |name: &str, from: f64, to: f64| {
        text(name).parse::<f64>().ok().filter(|degrees| *degrees >= from && *degrees <= to)
    };
    // not before the crime, and at most fifty years after it
    let believed = |&it: &i64| it > 0 && it >= at && it - at <= 18_263 * 86_400_000;
    let position = degrees("latitude", 41.0, 42.5).zip(degrees("longitude", -88.5, -87.0));
    let event = Event {
        id,
        time: at,
        updated: date(&text("updated_on")).filter(believed).unwrap_or(0),
        codes: [
            code("district", 999),
            code("beat", 9999),
            code("ward", 999),
            code("community_area", 999),
        ],
        flags,
        position: position.map(|(latitude, longitude)| [latitude, longitude].map(f64::to_bits)),
        texts: ["primary_type", "description", "location_description"].map(text),
    };
    let fault = match (text("district").is_empty(), event.codes[0], event.texts[0].is_empty()) {
        (true, ..) => Some(Reason::MissingDistrict),
        (_, 0, _) => Some(Reason::InvalidDistrict),
        (.., true) => Some(Reason::MissingType),
        _ => None,
    };
    (Found { event: Some(event), reject: fault }, time)
}

/// The text of the last value under a name.
fn text(pairs: &[(String, Value)], name: &str) -> String {
    let value = pairs.iter().rev().find(|(key, _)| key == name).map_or(&Value::Null, |it| &it.1);
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) if number.is_f64() => {
            number.as_f64().map_or_else(String::new, |number| number.to_string())
        }
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    };
    text.trim().to_owned()
}

fn whole(text: &str) -> Option<u64> {
    let digits = text.strip_suffix(".0").unwrap_or(text);
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// A date in one of the two forms, by chrono's calendar. ms, wall clock.
fn date(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok();
    let (year, month, day, hour, millis) = if is_like(text, "00/00/0000 00:00:00 xM") {
        let hour = number(11, 13).filter(|hour| (1..=12).contains(hour))?;
        let noon = if text.to_ascii_uppercase().ends_with("PM") { 12 } else { 0 };
        (number(6, 10)?, number(0, 2)?, number(3, 5)?, hour % 12 + noon, 0)
    } else {
        let (seconds, fraction) = text.split_once('.').unwrap_or((text, "000"));
        let digits = fraction.bytes().all(|byte| byte.is_ascii_digit());
        if !is_like(seconds, "0000-00-00T00:00:00") || !digits || !(1..=9).contains(&fraction.len())
        {
            return None;
        }
        let millis = format!("{fraction:0<3}")[..3].parse().ok()?;
        (number(0, 4)?, number(5, 7)?, number(8, 10)?, number(11, 13)?, millis)
    };
    if !(1900..2200).contains(&year) {
        return None;
    }
    let day = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    let time = day.and_hms_milli_opt(hour, number(14, 16)?, number(17, 19)?, millis)?;
    Some(time.and_utc().timestamp_millis())
}

/// Whether a text has digits where the shape has them, and `T` and `xM` are what they stand for.
fn is_like(text: &str, shape: &str) -> bool {
    let shape = shape.bytes();
    let half = text.ends_with("AM")
        || text.ends_with("PM")
        || text.ends_with("am")
        || text.ends_with("pm");
    text.len() == shape.len()
        && text.bytes().zip(shape).all(|(byte, shape)| match shape {
            b'0' => byte.is_ascii_digit(),
            b'T' => matches!(byte, b'T' | b' '),
            b'x' | b'M' => half,
            other => byte == other,
        })
}

/// All pairs of an object, in order, their names in one of the spellings.
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Pairs;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    pairs.push((name.replace(' ', "_").to_ascii_lowercase(), value));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Object)
    }
}
