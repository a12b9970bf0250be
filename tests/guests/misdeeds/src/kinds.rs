//! The collection of hostile components.

use crate::MARK;

/// One way to be hostile, and what must be heard of it.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// `[a-z-]+`, different for each.
    pub name: &'static str,
    /// Which component it is.
    pub guest: Guest,
    /// The function of the contract in which it misbehaves.
    pub function: &'static str,
    /// What it does.
    pub deed: &'static str,
    /// What must come of it.
    pub outcome: Outcome,
}

/// Which component.
#[derive(Clone, Copy, Debug)]
pub enum Guest {
    /// `hostile-decoder`.
    Decoder,
    /// `hostile-aggregate`.
    Aggregate,
    /// A component in WebAssembly's text format, in an aggregate's place.
    Text(&'static str),
}

/// What must come of it, with a part of the sentence that says so.
#[derive(Clone, Copy, Debug)]
pub enum Outcome {
    /// It is refused before anything runs. It always does it.
    Refused(&'static str),
    /// Each marked record is rejected, and all others count.
    Rejected(&'static str),
    /// Every window fails, and nothing else does. It always does it.
    Window(&'static str),
    /// Merging ahead of a window's end fails; finishing, which merges for itself, does not. It always does it.
    Merge(&'static str),
    /// Nothing: all records count. It always does it.
    Harmless,
}

impl Kind {
    /// The settings that make a guest of this kind.
    #[must_use]
    pub fn settings(&self) -> Vec<(&'static str, &'static str)> {
        let on = if matches!(self.outcome, Outcome::Rejected(_)) { "marked" } else { "always" };
        match self.guest {
            Guest::Text(_) => Vec::new(),
            _ => vec![("in", self.function), ("deed", self.deed), ("on", on)],
        }
    }
}

/// The text of a record that tells a guest (`on=said`) what to do with it.
#[must_use]
pub fn said(kind: &Kind) -> String {
    format!("{MARK}:{}:{}", kind.function, kind.deed)
}

const fn decoder(
    name: &'static str,
    deed: (&'static str, &'static str),
    said: &'static str,
) -> Kind {
    let (function, deed) = deed;
    Kind { name, guest: Guest::Decoder, function, deed, outcome: Outcome::Rejected(said) }
}

const fn ingest(name: &'static str, deed: &'static str, said: &'static str) -> Kind {
    let outcome = Outcome::Rejected(said);
    Kind { name, guest: Guest::Aggregate, function: "ingest", deed, outcome }
}

const fn window(
    name: &'static str,
    deed: (&'static str, &'static str),
    said: &'static str,
) -> Kind {
    let (function, deed) = deed;
    Kind { name, guest: Guest::Aggregate, function, deed, outcome: Outcome::Window(said) }
}

const fn merge(name: &'static str, deed: (&'static str, &'static str), said: &'static str) -> Kind {
    let (function, deed) = deed;
    Kind { name, guest: Guest::Aggregate, function, deed, outcome: Outcome::Merge(said) }
}

const fn refused(
    name: &'static str,
    deed: (&'static str, &'static str),
    said: &'static str,
) -> Kind {
    let (function, deed) = deed;
    Kind { name, guest: Guest::Aggregate, function, deed, outcome: Outcome::Refused(said) }
}

const fn harmless(name: &'static str, deed: (&'static str, &'static str)) -> Kind {
    let (function, deed) = deed;
    Kind { name, guest: Guest::Aggregate, function, deed, outcome: Outcome::Harmless }
}

const fn text(name: &'static str, text: &'static str, said: &'static str) -> Kind {
    let outcome = Outcome::Refused(said);
    Kind { name, guest: Guest::Text(text), function: "", deed: "", outcome }
}

/// All of them.
#[rustfmt::skip]
pub const KINDS: &[Kind] = &[
    // on some records
    ingest("trap", "trap", "failed in ingest: as planned (tests/guests/misdeeds/src/lib.rs:"),
    ingest("failed-assertion", "assertion", "failed in ingest: assertion `left == right` failed: districts   left: 1  right: 2 (tests/guests/hostile-aggregate/src/lib.rs:"),
    ingest("endless", "loop", "failed in ingest: took longer than "),
    ingest("memory-bomb", "bomb", "failed in ingest: wanted more than "),
    ingest("stack-overflow", "overflow", "failed in ingest: wasm trap: call stack exhausted"),
    ingest("stray-address", "fault", "failed in ingest: wasm trap: out of bounds memory access"),
    ingest("column-too-short", "short-column", "weight has 0 entries, expected 1"),
    ingest("end-beyond-bytes", "ends-beyond-bytes", "keys ends at 3 and has 2 bytes"),
    ingest("ends-out-of-order", "ends-descend", "partials has 2 entries, expected 1"),
    ingest("slice-between-slices", "slice-off-grid", "is no multiple of 86400000"),
    ingest("slice-of-another-time", "slice-far-ahead", "is outside the events' slices"),
    ingest("weight-from-nowhere", "weight-beyond-events", "cannot weigh 4294967295"),
    ingest("huge-partial", "huge-partial", "partial 0 has 5242880 bytes, at most 4194304 are allowed"),
    ingest("huge-key", "huge-key", "key 0 has 100000 bytes, at most 65536 are allowed"),
    decoder("decoder-traps", ("decode", "trap"), "failed in decode: as planned (tests/guests/misdeeds/src/lib.rs:"),
    decoder("decoder-endless", ("decode", "loop"), "failed in decode: took longer than "),
    decoder("decoder-drops-values", ("decode", "drop"), "value 0 of 1 is neither in events nor in rejects"),
    decoder("decoder-text-is-no-utf8", ("decode", "no-utf8"), "texts is no UTF-8 at byte "),
    decoder("decoder-time-is-no-date", ("decode", "no-date"), "which is not in the years 1 to 9999"),
    decoder("decoder-index-beyond-batch", ("decode", "index-beyond-batch"), "events names record 1000000 of 1"),
    decoder("decoder-gives-megabytes-often", ("decode", "same-bytes-often"), "too much data is being copied"),
    decoder("documents-trap", ("documents", "trap"), "failed in documents: as planned"),
    decoder("document-is-no-object", ("documents", "no-object"), "document 0 is no JSON object"),
    decoder("document-adds-a-request", ("documents", "two-lines"), "document 0 has more than one line"),
    decoder("document-id-too-long", ("documents", "long-id"), "the id of document 0 has 513 bytes, expected 1 to 512"),
    // whenever accumulators are merged
    merge("merge-traps", ("merge", "trap"), "failed in merge: as planned (tests/guests/misdeeds/src/lib.rs:"),
    merge("merge-refuses", ("merge", "refuse"), ", merge: this is not mine"),
    // in all windows
    window("merge-refuses-its-own-output", ("merge", "strange"), "accumulator is corrupt at byte"),
    window("finish-traps", ("finish", "trap"), "failed in finish: as planned (tests/guests/misdeeds/src/lib.rs:"),
    window("finish-refuses", ("finish", "refuse"), ", finish: this is not mine"),
    window("finish-endless", ("finish", "loop"), "failed in finish: took longer than "),
    window("finish-memory-bomb", ("finish", "bomb"), "failed in finish: wanted more than "),
    window("row-too-short", ("finish", "row-short"), "row has 1 entries, expected "),
    window("row-of-another-type", ("finish", "row-type"), "column total_crimes is integer, found text"),
    window("row-without-key", ("finish", "row-null-key"), "column district is integer and part of the key, found null"),
    window("row-of-the-year-20000", ("finish", "row-time"), "which is not in the years 0 to 10000"),
    window("huge-history", ("finish", "huge-history"), "the history has 2097152 bytes, at most 1048576 are allowed"),
    // before anything runs
    refused("configure-traps", ("configure", "trap"), "failed in configure: as planned"),
    refused("describe-endless", ("describe", "loop"), "failed in describe: took longer than "),
    refused("year-every-millisecond", ("describe", "year-every-millisecond"), "a record would be in 31622400000 windows, at most 20000 are possible"),
    refused("name-for-an-injection", ("describe", "bad-name"), "its name is \"Robert'); DROP TABLE\""),
    text("imports-a-clock", r#"(component
        (import "wasi:clocks/monotonic-clock@0.2.0" (instance (export "now" (func (result u64)))))
        (component $nothing) (instance $i (instantiate $nothing))
        (export "crimes:udf/windowed-aggregate@1.1.0" (instance $i)))"#, "imports wasi:clocks/monotonic-clock@0.2.0; this host gives components nothing"),
    text("exports-nothing", "(component)", "exports nothing; this host speaks crimes:udf/windowed-aggregate@1.1.0"),
    text("of-another-contract", r#"(component
        (component $nothing) (instance $i (instantiate $nothing))
        (export "crimes:udf/windowed-aggregate@9.0.0" (instance $i)))"#, "exports crimes:udf/windowed-aggregate@9.0.0; this host speaks "),
    text("huge-table", r#"(component (core module (table 4000000000 funcref)))"#, "has a table of 4000000000 entries, at most 100000 are taken"),
    // not at all
    harmless("slow-within-its-deadline", ("ingest", "slow")),
    harmless("grows-until-it-may-not", ("ingest", "grow")),
    harmless("describes-itself-anew-each-time", ("describe", "changing")),
    harmless("orders-differently-each-time", ("ingest", "changing")),
];
