//! What a batch gives: contributions, rejects, late values, documents.

use crate::error::Error;
use crate::events::{ByteLists, Events};
use crate::generated::decoder::exports::crimes::udf::decoding::{self as wit, RejectReason};

/// What a batch adds to the windows of one aggregate, as columns of one length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contributions {
    /// ms, wall clock.
    pub slice_start: Vec<i64>,
    /// Records in each.
    pub weight: Vec<u32>,
    /// Key of each.
    pub keys: ByteLists,
    /// Accumulator of each.
    pub partials: ByteLists,
}

/// Documents for the index, as columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Documents {
    /// UTF-8.
    pub ids: ByteLists,
    /// >= 0; a greater one replaces a smaller one.
    pub versions: Vec<i64>,
    /// JSON objects.
    pub bodies: ByteLists,
}

/// A value that no window counts, or that some component failed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Index of the value in the batch.
    pub index: u32,
    /// The contract's reason, or `trap`.
    pub reason: &'static str,
    /// What was found.
    pub detail: String,
    /// The slot of the component that failed on it, for `trap`: what the others made of the value stands.
    pub component: Option<String>,
}

/// A value that comes too late for some aggregates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late {
    /// Index of the value in the batch.
    pub index: u32,
    /// Bit `i`: too late for aggregate `i`.
    pub aggregates: u32,
}

/// What calls of a component cost in one batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// Time in calls. ns.
    pub nanos: u64,
    /// Calls that failed.
    pub traps: u64,
}

/// What a batch gives.
#[derive(Clone, Debug, Default)]
pub struct Ingested {
    /// One an aggregate.
    pub contributions: Vec<Contributions>,
    /// Ascending by index. A value can occur more than once: a component can fail on what another one rejects.
    pub rejects: Vec<Reject>,
    /// Ascending by index.
    pub late: Vec<Late>,
    /// What the map shows.
    pub documents: Documents,
    /// Events decoded.
    pub events: u32,
    /// Events without a usable position.
    pub without_position: u32,
    /// Events whose time of correction cannot be believed.
    pub doubtful_updates: u32,
    /// Least and greatest event time, if there is any. ms, wall clock.
    pub times: Option<(i64, i64)>,
    /// The decoder first, then each aggregate.
    pub calls: Vec<Calls>,
}

impl Ingested {
    /// Counts decoded events, and takes note of their times.
    pub(crate) fn see(&mut self, events: &Events) {
        self.events += u32::try_from(events.id.len()).unwrap_or(u32::MAX);
        if let (Some(&least), Some(&greatest)) =
            (events.time.iter().min(), events.time.iter().max())
        {
            let times = self.times.get_or_insert((least, greatest));
            *times = (times.0.min(least), times.1.max(greatest));
        }
    }
}

impl Reject {
    /// What the decoder refused; `first` is the index of its batch's first value.
    pub(crate) fn refused(first: u32, reject: wit::Reject) -> Self {
        Self {
            index: reject.index + first,
            reason: reason(reject.reason),
            detail: reject.detail,
            component: None,
        }
    }

    /// What a component failed on.
    pub(crate) fn trap(index: u32, slot: &str, error: Error) -> Self {
        Self { index, reason: "trap", detail: error.message, component: Some(slot.to_owned()) }
    }
}

fn reason(reason: RejectReason) -> &'static str {
    match reason {
        RejectReason::EmptyValue => "empty-value",
        RejectReason::TooLarge => "too-large",
        RejectReason::InvalidUtf8 => "invalid-utf8",
        RejectReason::MalformedJson => "malformed-json",
        RejectReason::NotAnObject => "not-an-object",
        RejectReason::MissingId => "missing-id",
        RejectReason::InvalidId => "invalid-id",
        RejectReason::MissingDate => "missing-date",
        RejectReason::InvalidDate => "invalid-date",
        RejectReason::MissingDistrict => "missing-district",
        RejectReason::InvalidDistrict => "invalid-district",
        RejectReason::MissingType => "missing-type",
        RejectReason::InvalidFlag => "invalid-flag",
    }
}
