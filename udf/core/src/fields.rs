//! The fields of one JSON value that the logic needs, read without building a map.
//!
//! Keys are known in the three spellings of the data (`Primary Type`, `Primary_Type`, `primary_type`): upper and lower
//! case are one, and so are space and underscore. Values may be texts or native JSON types. Of a repeated key the last
//! value holds, as in most JSON readers. Unknown fields are skipped.

use crate::scan::{Layout, scan};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::ops::{Index, IndexMut};

/// A scalar as the text that it stands for; empty where it is null, missing, an object or an array.
pub(crate) type Text<'a> = Cow<'a, str>;

/// The texts of one value, by field.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields<'a>([Text<'a>; Field::Longitude as usize + 1]);

impl<'a> Index<Field> for Fields<'a> {
    type Output = Text<'a>;

    fn index(&self, field: Field) -> &Self::Output {
        &self.0[field as usize]
    }
}

impl IndexMut<Field> for Fields<'_> {
    fn index_mut(&mut self, field: Field) -> &mut Self::Output {
        &mut self.0[field as usize]
    }
}

/// What a value is instead of an object with fields.
#[derive(Debug)]
pub(crate) enum NotFields {
    Malformed(serde_json::Error),
    NotAnObject(&'static str),
}

/// Reads the fields of one value, which must be a JSON object and nothing else, into `fields`. `layout` is what the
/// values before it looked like.
pub(crate) fn read<'a>(
    json: &'a str,
    layout: &mut Layout,
    fields: &mut Fields<'a>,
) -> Result<(), NotFields> {
    *fields = Fields::default();
    if scan(json, layout, fields).is_none() {
        *fields = read_json(json)?;
    }
    Ok(())
}

/// The same, of any JSON.
pub(crate) fn read_json(json: &str) -> Result<Fields<'_>, NotFields> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let read = reader.deserialize_any(ObjectVisitor).map_err(NotFields::Malformed)?;
    reader.end().map_err(NotFields::Malformed)?;
    read.map_err(NotFields::NotAnObject)
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Result<Fields<'de>, &'static str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Fields::default();
        while let Some(key) = map.next_key_seed(Scalar)? {
            match Field::of(&key) {
                Some(field) => fields[field] = map.next_value_seed(Scalar)?,
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Ok(fields))
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Err("an array"))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Err("null"))
    }
    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Err("a boolean"))
    }
    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Err("a number"))
    }
    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Err("a number"))
    }
    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Err("a number"))
    }
    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Err("a text"))
    }
}

/// A field that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Id,
    Date,
    UpdatedOn,
    PrimaryType,
    Description,
    LocationDescription,
    Arrest,
    Domestic,
    Beat,
    District,
    Ward,
    CommunityArea,
    Latitude,
    Longitude,
}

impl Field {
    /// The field that `key` names, found by its length and first letter before its letters are compared.
    pub(crate) fn of(key: &str) -> Option<Self> {
        let (name, field) = match (key.len(), key.as_bytes().first()?.to_ascii_lowercase()) {
            (2, b'i') => ("id", Self::Id),
            (4, b'd') => ("date", Self::Date),
            (10, b'u') => ("updated_on", Self::UpdatedOn),
            (12, b'p') => ("primary_type", Self::PrimaryType),
            (11, b'd') => ("description", Self::Description),
            (20, b'l') => ("location_description", Self::LocationDescription),
            (6, b'a') => ("arrest", Self::Arrest),
            (8, b'd') => match key.as_bytes()[1].to_ascii_lowercase() {
                b'o' => ("domestic", Self::Domestic),
                _ => ("district", Self::District),
            },
            (4, b'b') => ("beat", Self::Beat),
            (4, b'w') => ("ward", Self::Ward),
            (14, b'c') => ("community_area", Self::CommunityArea),
            (8, b'l') => ("latitude", Self::Latitude),
            (9, b'l') => ("longitude", Self::Longitude),
            _ => return None,
        };
        let same = key
            .bytes()
            .zip(name.bytes())
            .all(|(k, n)| k.to_ascii_lowercase() == n || (n == b'_' && k == b' '));
        same.then_some(field)
    }
}

struct Scalar;

impl<'de> DeserializeSeed<'de> for Scalar {
    type Value = Text<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scalar {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(""))
    }
    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(if value { "true" } else { "false" }))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(value.to_string()))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(value.to_string()))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(value.to_string()))
    }
    // the API's `location` is an object: nothing that we read, and no error either
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Cow::Borrowed(""))
    }
    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Cow::Borrowed(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Fields<'_>, NotFields> {
        let mut fields = Fields::default();
        super::read(json, &mut Layout::default(), &mut fields).map(|()| fields)
    }

    #[test]
    fn three_spellings_and_native_types_are_the_same() {
        let texts =
            read(r#"{"ID":"7","Primary_Type":"THEFT","Arrest":"true","Latitude":"41.5","X":1}"#)
                .unwrap();
        let portal = read(
            r#"{"ID":7,"Primary Type":"THEFT","Arrest":true,"Latitude":41.5,"Location":{"a":[1]}}"#,
        )
        .unwrap();
        let api = read(
            r#"{"id":"7","primary_type":"THEFT","arrest":true,"latitude":"41.5","ward":null}"#,
        )
        .unwrap();
        assert_eq!(texts, portal);
        assert_eq!(texts, api);
        let read = [Field::PrimaryType, Field::Id, Field::Arrest, Field::Latitude];
        assert_eq!(read.map(|field| texts[field].as_ref()), ["THEFT", "7", "true", "41.5"]);
    }

    #[test]
    fn of_a_repeated_key_the_last_value_holds() {
        assert_eq!(read(r#"{"id":"1","ID":"2"}"#).unwrap()[Field::Id], "2");
    }

    #[test]
    fn keys_of_the_same_length_are_not_confused() {
        let fields = read(
            r#"{"dixtrict":"1","dominion":"2","lazitude":"3","Case Number":"x","description":"d"}"#,
        )
        .unwrap();
        let mut want = Fields::default();
        want[Field::Description] = "d".into();
        assert_eq!(fields, want);
    }

    #[test]
    fn escapes_are_undone() {
        assert_eq!(
            read(r#"{"Description":"A \"B\" \u00e9\n"}"#).unwrap()[Field::Description],
            "A \"B\" é\n"
        );
    }

    #[test]
    fn other_values_say_what_they_are() {
        for (json, what) in [
            ("[1,2]", "an array"),
            ("null", "null"),
            ("3", "a number"),
            ("\"x\"", "a text"),
            ("true", "a boolean"),
        ] {
            assert!(
                matches!(read(json), Err(NotFields::NotAnObject(found)) if found == what),
                "{json}"
            );
        }
        let deep = "[".repeat(100_000);
        for json in ["", "{", "{}x", r#"{"a":}"#, r#"{"a":"#, deep.as_str()] {
            assert!(matches!(read(json), Err(NotFields::Malformed(_))), "{json:.20}");
        }
    }
}
