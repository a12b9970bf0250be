//! What a batch adds to windows, for aggregates whose accumulators are sets of crimes.

use crate::aggregate::Contributions;
use crate::crime_set::{Crime, CrimeSet};
use crate::events::Events;
use crate::slices;

/// Groups the events that count ([`Events::counts`]) by key and slice (ms), each group as the [`CrimeSet`] of its crimes.
///
/// `key` gives the key of event `i` as a number that is different for different keys; `write_key` appends that key's bytes.
/// With `keep_versions` the sets hold flags and times of correction, so that the newest version of a crime decides;
/// without, they hold identifiers alone, which is enough for counting and smaller.
///
/// Sorting beats a hash table here: most groups of a sparse key have one record, and a sort allocates nothing for them.
pub fn by_key_and_slice(
    events: &Events,
    slice: u64,
    key: impl Fn(usize) -> u64,
    keep_versions: bool,
    write_key: impl Fn(u64, &mut Vec<u8>),
) -> Contributions {
    let mut rows: Vec<(u64, i64, Crime)> = Vec::with_capacity(events.len());
    for i in 0..events.len() {
        if events.counts(i) {
            let version = if keep_versions {
                (events.updated[i].max(0).unsigned_abs(), events.flags[i])
            } else {
                (0, 0)
            };
            let crime = Crime { id: events.id[i], updated: version.0, flags: version.1 };
            rows.push((key(i), slices::start(events.time[i], slice), crime));
        }
    }
    rows.sort_unstable();
    let mut out = Contributions::default();
    for group in rows.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let Some(&(key, start, _)) = group.first() else { continue };
        out.slice_start.push(start);
        out.weight.push(u32::try_from(group.len()).unwrap_or(u32::MAX));
        write_key(key, &mut out.keys.bytes);
        out.keys.close();
        CrimeSet::of(group.iter().map(|row| row.2).collect()).encode(&mut out.partials.bytes);
        out.partials.close();
    }
    out
}
