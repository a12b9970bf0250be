//! Guests, batches, and what comes out of them in a form that can be compared.

use component_host::{ByteLists, Ingest, Ingested, Limits, Source};
use crime_core::crime_set::CrimeSet;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

/// The bytes of a guest; all are built at the first call.
pub(crate) fn guest(name: &str) -> Vec<u8> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let folder = BUILT.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("guests");
        let guests = ["decoder", "totals", "anomaly", "hostile-decoder", "hostile-aggregate"];
        componentize::build(&guests, &folder).unwrap();
        folder
    });
    std::fs::read(folder.join(format!("{name}.wasm"))).unwrap()
}

/// A guest in a slot of its own name.
pub(crate) fn source(name: &str, settings: &[(&str, &str)]) -> Source {
    let settings = settings.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    Source { slot: name.to_owned(), wasm: guest(name), settings }
}

/// A hostile guest that does `deed` in `function` on marked records.
pub(crate) fn on_marked(name: &str, function: &str, deed: &str) -> Source {
    source(name, &[("in", function), ("deed", deed), ("on", "marked")])
}

/// A hostile guest that always does `deed` in `function`.
pub(crate) fn always(name: &str, function: &str, deed: &str) -> Source {
    source(name, &[("in", function), ("deed", deed), ("on", "always")])
}

/// Small limits, so that hostile guests fail soon.
pub(crate) fn strict() -> Limits {
    Limits { memory_bytes: 16 << 20, deadline: Duration::from_millis(50) }
}

/// Little memory, and more time than a busy machine takes to fill it.
pub(crate) fn patient() -> Limits {
    Limits { deadline: Duration::from_secs(20), ..strict() }
}

/// The hostile decoder and aggregate as they are given, with totals beside them.
pub(crate) fn ingest(decoder: &Source, aggregate: &Source, limits: Limits) -> Ingest {
    Ingest::new(decoder, &[source("totals", &[]), aggregate.clone()], true, limits).unwrap()
}

/// The hostile decoder while it behaves.
pub(crate) fn decoder() -> Source {
    source("hostile-decoder", &[])
}

/// The hostile aggregate while it behaves.
pub(crate) fn aggregate() -> Source {
    source("hostile-aggregate", &[])
}

/// Line `i` of a batch for the hostile decoder: an event every 40 minutes, in five districts.
pub(crate) fn line(i: usize, description: &str) -> String {
    format!("{} {} {} THEFT {description}", 1000 + i, i * 2_400_000, 1 + i % 5)
}

/// Lines 0 to `count`, of which those in `marked` are marked.
pub(crate) fn lines(count: usize, marked: &[usize]) -> ByteLists {
    let mark = |i| if marked.contains(&i) { "HOSTILE" } else { "STREET" };
    values((0..count).map(|i| line(i, mark(i))))
}

pub(crate) fn values(of: impl IntoIterator<Item = impl AsRef<[u8]>>) -> ByteLists {
    let mut values = ByteLists::default();
    of.into_iter().for_each(|value| values.push(value.as_ref()).unwrap());
    values
}

/// Weight and crimes of each key and slice.
pub(crate) type Windows = BTreeMap<(Vec<u8>, i64), (u64, Vec<u64>)>;

/// What the batches gave aggregate `slot`, merged. Crimes stay repeated if they are in two contributions, so that what
/// was handed to an aggregate twice shows.
pub(crate) fn windows<'a>(batches: impl IntoIterator<Item = &'a Ingested>, slot: usize) -> Windows {
    let mut windows = Windows::new();
    for batch in batches {
        let c = &batch.contributions[slot];
        for i in 0..c.weight.len() {
            let entry = windows.entry((c.keys.get(i).to_vec(), c.slice_start[i])).or_default();
            entry.0 += u64::from(c.weight[i]);
            let set = CrimeSet::merge([c.partials.get(i)]).unwrap();
            entry.1.extend(set.crimes().iter().map(|crime| crime.id));
        }
    }
    windows.values_mut().for_each(|(_, crimes)| crimes.sort_unstable());
    windows
}

/// IDs of the documents, in order.
pub(crate) fn documents(ingested: &Ingested) -> Vec<String> {
    let ids = &ingested.documents.ids;
    (0..ids.len()).map(|i| String::from_utf8(ids.get(i).to_vec()).unwrap()).collect()
}

/// Index, reason and component of each reject.
pub(crate) fn rejects(ingested: &Ingested) -> Vec<(u32, &'static str, Option<&str>)> {
    ingested.rejects.iter().map(|r| (r.index, r.reason, r.component.as_deref())).collect()
}
