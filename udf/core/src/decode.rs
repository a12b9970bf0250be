//! Raw Kafka values to events, and what is wrong with those that give none.

use crate::date;
use crate::events::{ARREST, ByteLists, DOMESTIC, Dictionary, Events};
use crate::fields::{self, Field, Fields, NotFields};
use crate::numbers::{code, degrees, whole};
use crate::scan::Layout;
use crate::settings::{self, Setting};
use crate::words::trim;

/// The longest value that is taken unless set otherwise, in bytes.
pub const MAX_VALUE_BYTES: usize = 1 << 20;
/// The longest detail of a reject, in bytes.
pub const MAX_DETAIL_BYTES: usize = 200;

/// Why a value gives no event, or an event that no window counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each reason is documented in the contract")]
pub enum Reason {
    EmptyValue,
    TooLarge,
    InvalidUtf8,
    MalformedJson,
    NotAnObject,
    MissingId,
    InvalidId,
    MissingDate,
    InvalidDate,
    MissingDistrict,
    InvalidDistrict,
    MissingType,
    InvalidFlag,
}

/// What is wrong with one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Index of the value in its batch.
    pub index: u32,
    /// The kind of fault.
    pub reason: Reason,
    /// What was found, for a person; at most [`MAX_DETAIL_BYTES`] bytes.
    pub detail: String,
}

/// What a batch gives.
#[derive(Clone, Debug, Default)]
pub struct Decoded {
    /// In the order of the batch.
    pub events: Events,
    /// In the order of the batch; a value can be here and in `events`, then it is on the map but in no window.
    pub rejects: Vec<Reject>,
    /// Events that have no usable position.
    pub without_position: u32,
    /// Events whose `Updated On` is there and cannot be: they count, and are taken as never corrected.
    pub doubtful_updates: u32,
}

/// Decodes values under given limits.
#[derive(Clone, Debug)]
pub struct Decoder {
    max_value_bytes: usize,
}

impl Default for Decoder {
    fn default() -> Self {
        Self { max_value_bytes: MAX_VALUE_BYTES }
    }
}

/// The part of an event that a value can be rejected for.
struct Event {
    id: u64,
    time: i64,
    district: u16,
    flags: u8,
}

type Fault = (Reason, String);

impl Decoder {
    /// A decoder with the user's settings: `max-value-bytes`, 1 to 64 MiB.
    ///
    /// # Errors
    /// A sentence that names the setting, what was given and what is allowed.
    pub fn new(settings: &[Setting]) -> Result<Self, String> {
        let mut decoder = Self::default();
        for setting in settings {
            match setting.name.as_str() {
                "max-value-bytes" => decoder.max_value_bytes = setting.whole(1, 64 << 20)? as usize,
                _ => return Err(settings::unknown("decoder", setting, &["max-value-bytes"])),
            }
        }
        Ok(decoder)
    }

    /// Decodes a batch. Never fails as a whole.
    #[must_use]
    pub fn decode(&self, values: &ByteLists) -> Decoded {
        let mut decoded =
            Decoded { events: Events::with_capacity(values.len()), ..Decoded::default() };
        let (mut texts, mut layout) = (Dictionary::default(), Layout::default());
        let mut fields = Fields::default();
        for (index, value) in (0_u32..).zip(values.iter()) {
            let read = self.fields(value, &mut layout, &mut fields).and_then(|()| event(&fields));
            let outcome = read.map(|(event, fault)| {
                push(&mut decoded, &mut texts, index, &event, &fields);
                fault
            });
            let (Ok(Some(fault)) | Err(fault)) = outcome else { continue };
            let (reason, detail) = fault;
            decoded.rejects.push(Reject { index, reason, detail: shorten(detail) });
        }
        decoded.events.texts = texts.into_texts();
        decoded
    }

    /// The event time of one value, if it has one. ms, wall clock.
    #[must_use]
    pub fn event_time(&self, value: &[u8]) -> Option<i64> {
        let mut fields = Fields::default();
        self.fields(value, &mut Layout::default(), &mut fields).ok()?;
        date::parse(&fields[Field::Date])
    }

    fn fields<'a>(
        &self,
        value: &'a [u8],
        layout: &mut Layout,
        fields: &mut Fields<'a>,
    ) -> Result<(), Fault> {
        if value.is_empty() {
            return Err((Reason::EmptyValue, "null or empty value".to_owned()));
        }
        if value.len() > self.max_value_bytes {
            let detail =
                format!("{} bytes, at most {} are taken", value.len(), self.max_value_bytes);
            return Err((Reason::TooLarge, detail));
        }
        let json = std::str::from_utf8(value)
            .map_err(|e| (Reason::InvalidUtf8, format!("no UTF-8 at byte {}", e.valid_up_to())))?;
        fields::read(json, layout, fields).map_err(|e| match e {
            NotFields::Malformed(e) => (Reason::MalformedJson, e.to_string()),
            NotFields::NotAnObject(found) => {
                (Reason::NotAnObject, format!("expected an object, found {found}"))
            }
        })
    }
}

/// The event of a value, and what keeps it out of the windows, if anything does.
fn event(fields: &Fields<'_>) -> Result<(Event, Option<Fault>), Fault> {
    let id = match trim(&fields[Field::Id]) {
        "" => return Err((Reason::MissingId, "no ID".to_owned())),
        text => {
            whole(text).ok_or_else(|| (Reason::InvalidId, found("ID", text, "a whole number")))?
        }
    };
    let time = match trim(&fields[Field::Date]) {
        "" => return Err((Reason::MissingDate, "no Date".to_owned())),
        text => date::parse(text).ok_or_else(|| {
            (
                Reason::InvalidDate,
                found("Date", text, "2018-01-31T21:05:00 or 01/31/2018 09:05:00 PM"),
            )
        })?,
    };
    let flags = flag("Arrest", &fields[Field::Arrest])?.map_or(0, |_| ARREST)
        | flag("Domestic", &fields[Field::Domestic])?.map_or(0, |_| DOMESTIC);
    let (district, mut fault) = match trim(&fields[Field::District]) {
        "" => (0, Some((Reason::MissingDistrict, "no District".to_owned()))),
        text => match code(text, 999) {
            0 => (
                0,
                Some((Reason::InvalidDistrict, found("District", text, "a number from 1 to 999"))),
            ),
            district => (district, None),
        },
    };
    if fault.is_none() && trim(&fields[Field::PrimaryType]).is_empty() {
        fault = Some((Reason::MissingType, "no Primary Type".to_owned()));
    }
    Ok((Event { id, time, district, flags }, fault))
}
fn push(
    decoded: &mut Decoded,
    texts: &mut Dictionary,
    index: u32,
    event: &Event,
    fields: &Fields<'_>,
) {
    let columns = &mut decoded.events;
    let (latitude, longitude) = position(&fields[Field::Latitude], &fields[Field::Longitude])
        .unwrap_or_else(|| {
            decoded.without_position += 1;
            (f64::NAN, f64::NAN)
        });
    columns.record_index.push(index);
    columns.id.push(event.id);
    columns.time.push(event.time);
    let updated = updated(&fields[Field::UpdatedOn], event.time).unwrap_or_else(|| {
        decoded.doubtful_updates += 1;
        0
    });
    columns.updated.push(updated);
    columns.district.push(event.district);
    columns.beat.push(code(trim(&fields[Field::Beat]), 9999));
    columns.ward.push(code(trim(&fields[Field::Ward]), 999));
    columns.community_area.push(code(trim(&fields[Field::CommunityArea]), 999));
    columns.flags.push(event.flags);
    columns.latitude.push(latitude);
    columns.longitude.push(longitude);
    columns.primary_type.push(texts.index(trim(&fields[Field::PrimaryType])));
    columns.description.push(texts.index(trim(&fields[Field::Description])));
    columns.location_description.push(texts.index(trim(&fields[Field::LocationDescription])));
}

/// When a record of a crime at `time` was corrected, ms on the wall clock; 0 where it does not say, `None` where what it
/// says cannot be: no date, a date before the crime, or one more than fifty years after it. The newest correction holds
/// for ever, and no clock is at hand to see that a date lies in the future; so a slip of the pen must not win.
fn updated(text: &str, time: i64) -> Option<i64> {
    const FIFTY_YEARS: i64 = 18_263 * 86_400_000;
    if trim(text).is_empty() {
        return Some(0);
    }
    date::parse(text)
        .filter(|updated| *updated > 0 && (time..=time + FIFTY_YEARS).contains(updated))
}

/// `Some` where the flag is set.
fn flag(name: &str, text: &str) -> Result<Option<()>, Fault> {
    match trim(text) {
        "true" | "TRUE" | "True" | "Y" | "y" | "1" => Ok(Some(())),
        "" | "false" | "FALSE" | "False" | "N" | "n" | "0" => Ok(None),
        other => Err((Reason::InvalidFlag, found(name, other, "true or false"))),
    }
}

/// A position in Chicago or around it: latitude 41 to 42.5, longitude -88.5 to -87 degrees. The city's data has others
/// (0,0 and a point in Missouri), which stand for *unknown*.
fn position(latitude: &str, longitude: &str) -> Option<(f64, f64)> {
    let latitude = degrees(trim(latitude))?;
    let longitude = degrees(trim(longitude))?;
    ((41.0..=42.5).contains(&latitude) && (-88.5..=-87.0).contains(&longitude))
        .then_some((latitude, longitude))
}

fn found(name: &str, text: &str, allowed: &str) -> String {
    let text: String = text.chars().take(40).collect();
    format!("{name} is {text:?}, expected {allowed}")
}

/// Cuts a detail to [`MAX_DETAIL_BYTES`], between two characters.
fn shorten(mut detail: String) -> String {
    while detail.len() > MAX_DETAIL_BYTES {
        detail.pop();
    }
    detail
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(values: &[&str]) -> Decoded {
        let mut lists = ByteLists::default();
        values.iter().for_each(|v| lists.push(v.as_bytes()));
        Decoder::default().decode(&lists)
    }

    const GOOD: &str = r#"{"ID":"11190000","Date":"2018-01-01T00:30:00","Primary_Type":"BATTERY","Description":"SIMPLE",
        "Location_Description":"STREET","Arrest":"true","Domestic":"false","Beat":"0611","District":"006","Ward":"17",
        "Community_Area":"71","Updated_On":"2018-02-01T00:00:00","Latitude":"41.75","Longitude":"-87.66"}"#;

    fn without(field: &str, value: &str) -> String {
        let start = GOOD.find(&format!("\"{field}\":")).unwrap();
        let end = start + GOOD[start..].find([',', '}']).unwrap();
        format!("{}\"{field}\":{value}{}", &GOOD[..start], &GOOD[end..])
    }

    #[test]
    fn a_good_value_fills_every_column() {
        let decoded = decode(&[GOOD]);
        let e = &decoded.events;
        assert_eq!(decoded.rejects, []);
        assert_eq!((e.record_index[0], e.id[0], e.time[0]), (0, 11_190_000, 1_514_766_600_000));
        assert_eq!(e.updated[0], 1_517_443_200_000);
        assert_eq!((e.district[0], e.beat[0], e.ward[0], e.community_area[0]), (6, 611, 17, 71));
        assert_eq!(e.flags[0], ARREST);
        assert_eq!((e.latitude[0], e.longitude[0]), (41.75, -87.66));
        assert_eq!(e.texts.get(e.primary_type[0] as usize), b"BATTERY");
        assert_eq!(e.texts.get(e.description[0] as usize), b"SIMPLE");
        assert_eq!(e.texts.get(e.location_description[0] as usize), b"STREET");
        assert!(e.counts(0));
    }

    #[test]
    fn each_fault_has_its_reason() {
        for (value, reason, still_an_event) in [
            (String::new(), Reason::EmptyValue, false),
            ("x".repeat(MAX_VALUE_BYTES + 1), Reason::TooLarge, false),
            ("{".to_owned(), Reason::MalformedJson, false),
            ("[]".to_owned(), Reason::NotAnObject, false),
            (without("ID", "\"\""), Reason::MissingId, false),
            (without("ID", "\"JB1\""), Reason::InvalidId, false),
            (without("ID", "-1"), Reason::InvalidId, false),
            (without("Date", "null"), Reason::MissingDate, false),
            (without("Date", "\"yesterday\""), Reason::InvalidDate, false),
            (without("Arrest", "\"maybe\""), Reason::InvalidFlag, false),
            (without("District", "\"\""), Reason::MissingDistrict, true),
            (without("District", "\"abc\""), Reason::InvalidDistrict, true),
            (without("District", "-1"), Reason::InvalidDistrict, true),
            (without("District", "999999"), Reason::InvalidDistrict, true),
            (without("District", "\"000\""), Reason::InvalidDistrict, true),
            (without("Primary_Type", "\" \""), Reason::MissingType, true),
        ] {
            let decoded = decode(&[GOOD, &value, GOOD]);
            assert_eq!(decoded.rejects.len(), 1, "{value:.200}");
            assert_eq!(
                (decoded.rejects[0].index, decoded.rejects[0].reason),
                (1, reason),
                "{value:.200}"
            );
            assert_eq!(decoded.events.len(), 2 + usize::from(still_an_event), "{value:.200}");
            assert!(decoded.rejects[0].detail.len() <= MAX_DETAIL_BYTES);
            if still_an_event {
                assert!(!decoded.events.counts(1));
            }
        }
    }

    #[test]
    fn invalid_utf8_says_where() {
        let mut values = ByteLists::default();
        values.push(b"{\"ID\":\"\xff\"}");
        let decoded = Decoder::default().decode(&values);
        assert_eq!(decoded.rejects[0].reason, Reason::InvalidUtf8);
        assert_eq!(decoded.rejects[0].detail, "no UTF-8 at byte 7");
    }

    #[test]
    fn a_position_that_is_none_only_leaves_the_map() {
        for (field, value) in [
            ("Latitude", "\"\""),
            ("Latitude", "0"),
            ("Longitude", "181"),
            ("Latitude", "91"),
            ("Latitude", "\"x\""),
        ] {
            let decoded = decode(&[&without(field, value)]);
            assert_eq!(
                (decoded.rejects.len(), decoded.without_position),
                (0, 1),
                "{field} {value}"
            );
            assert!(decoded.events.latitude[0].is_nan() && decoded.events.counts(0));
        }
    }

    #[test]
    fn a_correction_that_cannot_be_is_none() {
        for (value, millis, doubtful) in [
            // the crime was on 2018-01-01 at 00:30
            ("\"2018-01-01T00:30:00\"", 1_514_766_600_000, 0),
            ("\"2018-01-01T00:29:59\"", 0, 1),
            ("\"2068-01-01T00:30:00\"", 3_092_603_400_000, 0),
            ("\"2068-01-03T00:30:00\"", 0, 1),
            ("\"2102-05-01T00:00:00\"", 0, 1),
            ("\"yesterday\"", 0, 1),
            ("20180501", 0, 1),
            ("\" \"", 0, 0),
            ("null", 0, 0),
        ] {
            let decoded = decode(&[&without("Updated_On", value)]);
            let found = (decoded.events.updated[0], decoded.doubtful_updates);
            assert_eq!(found, (millis, doubtful), "{value}");
            assert!(decoded.rejects.is_empty() && decoded.events.counts(0), "{value}");
        }
    }

    #[test]
    fn settings_are_checked() {
        let set = |name: &str, value: &str| {
            Decoder::new(&[Setting { name: name.into(), value: value.into() }])
        };
        assert_eq!(set("max-value-bytes", "10").unwrap().max_value_bytes, 10);
        assert!(set("max-value-bytes", "0").unwrap_err().contains("max-value-bytes"));
        assert!(set("size", "1").unwrap_err().contains("max-value-bytes"));
    }

    proptest! {
        #[test]
        fn any_bytes_give_an_event_or_a_reject(values in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..10)) {
            let mut lists = ByteLists::default();
            values.iter().for_each(|v| lists.push(v));
            let decoded = Decoder::default().decode(&lists);
            let mut seen: Vec<u32> = decoded.events.record_index.iter().copied().chain(decoded.rejects.iter().map(|r| r.index)).collect();
            seen.sort_unstable();
            seen.dedup();
            prop_assert_eq!(seen.len(), values.len());
        }

        #[test]
        fn texts_survive_json(text in "[^\\s\\p{C}](\\PC{0,30}[^\\s\\p{C}])?") {
            let json = without("Primary_Type", &serde_json::to_string(&text).unwrap());
            let decoded = decode(&[&json]);
            let found = decoded.events.texts.get(decoded.events.primary_type[0] as usize);
            prop_assert_eq!(found, text.trim().as_bytes());
        }
    }
}
