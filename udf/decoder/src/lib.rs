//! Component: raw Kafka values to events, and events to the map's documents. Converts types and nothing else.

use crime_core::decode::{self, Decoder, Reason};
use crime_core::{document, events, settings};
use generated::exports::crimes::udf::decoding::{
    ByteLists, Decoded, Description, DocumentList, Events, Guest, Reject, RejectReason, Setting,
};
use generated::exports::crimes::udf::types;
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
    wit_bindgen::generate!({ world: "decoder", path: "../wit" });
    use super::Component;
    export!(Component);
}

thread_local! {
    // an instance has one thread; it is configured once, before anything else
    static DECODER: RefCell<Decoder> = RefCell::default();
}

struct Component;

impl Guest for Component {
    fn configure(given: Vec<Setting>) -> Result<(), String> {
        last_words::keep();
        let given: Vec<_> =
            given.into_iter().map(|s| settings::Setting { name: s.name, value: s.value }).collect();
        let decoder = Decoder::new(&given)?;
        DECODER.with(|d| d.replace(decoder));
        Ok(())
    }

    fn describe() -> Description {
        Description {
            name: "decoder".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            document_mapping: document::MAPPING.to_owned(),
        }
    }

    fn decode(values: ByteLists) -> Decoded {
        let decoded = DECODER.with(|d| d.borrow().decode(&lists(values)));
        Decoded {
            events: outgoing(decoded.events),
            rejects: decoded.rejects.into_iter().map(reject).collect(),
            without_position: decoded.without_position,
            doubtful_updates: decoded.doubtful_updates,
        }
    }

    fn documents(given: Events) -> DocumentList {
        let documents = document::of(&incoming(given));
        DocumentList {
            ids: outgoing_lists(documents.ids),
            versions: documents.versions,
            bodies: outgoing_lists(documents.bodies),
        }
    }

    fn event_time(value: Vec<u8>) -> Option<i64> {
        DECODER.with(|d| d.borrow().event_time(&value))
    }
}

fn lists(given: types::ByteLists) -> events::ByteLists {
    events::ByteLists { bytes: given.bytes, ends: given.ends }
}

fn outgoing_lists(lists: events::ByteLists) -> types::ByteLists {
    types::ByteLists { bytes: lists.bytes, ends: lists.ends }
}

fn outgoing(e: events::Events) -> Events {
    Events {
        record_index: e.record_index,
        id: e.id,
        time: e.time,
        updated: e.updated,
        district: e.district,
        beat: e.beat,
        ward: e.ward,
        community_area: e.community_area,
        flags: e.flags,
        latitude: e.latitude,
        longitude: e.longitude,
        primary_type: e.primary_type,
        description: e.description,
        location_description: e.location_description,
        texts: outgoing_lists(e.texts),
    }
}

fn incoming(e: Events) -> events::Events {
    events::Events {
        record_index: e.record_index,
        id: e.id,
        time: e.time,
        updated: e.updated,
        district: e.district,
        beat: e.beat,
        ward: e.ward,
        community_area: e.community_area,
        flags: e.flags,
        latitude: e.latitude,
        longitude: e.longitude,
        primary_type: e.primary_type,
        description: e.description,
        location_description: e.location_description,
        texts: lists(e.texts),
    }
}

fn reject(given: decode::Reject) -> Reject {
    let reason = match given.reason {
        Reason::EmptyValue => RejectReason::EmptyValue,
        Reason::TooLarge => RejectReason::TooLarge,
        Reason::InvalidUtf8 => RejectReason::InvalidUtf8,
        Reason::MalformedJson => RejectReason::MalformedJson,
        Reason::NotAnObject => RejectReason::NotAnObject,
        Reason::MissingId => RejectReason::MissingId,
        Reason::InvalidId => RejectReason::InvalidId,
        Reason::MissingDate => RejectReason::MissingDate,
        Reason::InvalidDate => RejectReason::InvalidDate,
        Reason::MissingDistrict => RejectReason::MissingDistrict,
        Reason::InvalidDistrict => RejectReason::InvalidDistrict,
        Reason::MissingType => RejectReason::MissingType,
        Reason::InvalidFlag => RejectReason::InvalidFlag,
    };
    Reject { index: given.index, reason, detail: given.detail }
}
