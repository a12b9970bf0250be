//! `Ingest` and `IngestResult`: batches of raw values in, one frame of columns out.

use crate::arrays;
use crate::component_source::{limits, source};
use crate::fault::{Fault, wrong};
use crate::frame::{Reader, Writer};
use crate::guard::{guard, guard_shallow};
use crate::registry::{Kind, Registry, exclusive};
use component_host::{ByteLists, Contributions, Ingested};
use jni::EnvUnowned;
use jni::objects::{JByteArray, JClass, JIntArray};
use std::sync::Mutex;

static OPEN: Registry<Mutex<Ingest>> = Registry::new(Kind::Ingest);

/// The host's part with buffers that are used again.
struct Ingest {
    host: component_host::Ingest,
    ends: Vec<i32>,
    values: ByteLists,
    frame: Writer,
}

// SAFETY: of Java's native methods only this one has this name
#[unsafe(no_mangle)]
extern "system" fn Java_io_wasmflink_component_Ingest_open<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
    sources: JByteArray<'local>,
) -> i64 {
    guard(env, |env| OPEN.open(Mutex::new(open(&arrays::bytes(env, &sources, "sources")?)?)))
}

// SAFETY: of Java's native methods only this one has this name
#[unsafe(no_mangle)]
extern "system" fn Java_io_wasmflink_component_Ingest_ingest<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
    handle: i64,
    values: JByteArray<'local>,
    ends: JIntArray<'local>,
    count: i32,
    watermark: i64,
    frame: JByteArray<'local>,
) -> JByteArray<'local> {
    guard(env, |env| {
        let ingest = OPEN.get(handle)?;
        let mut ingest = exclusive(&ingest, "Ingest")?;
        let count =
            usize::try_from(count).map_err(|_| wrong(format!("a batch of {count} values")))?;
        arrays::first_ints(env, &ends, count, "ends", &mut ingest.ends)?;
        let Ingest { ends, values: batch, .. } = &mut *ingest;
        let length = checked_ends(ends, &mut batch.ends)?;
        arrays::first_bytes(env, &values, length, "values", &mut ingest.values.bytes)?;
        arrays::into_bytes(env, frame, ingest.ingest(watermark)?)
    })
}

// SAFETY: of Java's native methods only this one has this name
#[unsafe(no_mangle)]
extern "system" fn Java_io_wasmflink_component_Ingest_close<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
    handle: i64,
) {
    guard_shallow(env, |_| OPEN.close(handle));
}

/// Limits, whether documents are wanted, the decoder, and any number of aggregates.
fn open(frame: &[u8]) -> Result<Ingest, Fault> {
    let mut frame = Reader::new(frame);
    let limits = limits(&mut frame)?;
    let documents = frame.int()? != 0;
    let decoder = source(&mut frame)?;
    let mut aggregates = Vec::new();
    for _ in 0..frame.count()? {
        aggregates.push(source(&mut frame)?);
    }
    frame.end()?;
    Ok(Ingest {
        host: component_host::Ingest::new(&decoder, &aggregates, documents, limits)?,
        ends: Vec::new(),
        values: ByteLists::default(),
        frame: Writer::default(),
    })
}

impl Ingest {
    fn ingest(&mut self, watermark: i64) -> Result<&[u8], Fault> {
        let ingested = self.host.ingest(&self.values, watermark)?;
        write(&ingested, &mut self.frame);
        Ok(self.frame.as_bytes())
    }
}

/// Checks where Java says that values end, keeps it, and gives the length of all values.
pub(crate) fn checked_ends(given: &[i32], ends: &mut Vec<u32>) -> Result<usize, Fault> {
    if let Some(pair) = given.windows(2).find(|pair| pair[0] > pair[1]) {
        return Err(wrong(format!("ends go from {} back to {}", pair[0], pair[1])));
    }
    ends.clear();
    for &end in given {
        ends.push(u32::try_from(end).map_err(|_| wrong(format!("a value ends at {end}")))?);
    }
    Ok(ends.last().map_or(0, |&end| end as usize))
}

/// In the order in which `IngestResult` reads.
fn write(ingested: &Ingested, frame: &mut Writer) {
    frame.clear();
    frame.count(ingested.events as usize);
    frame.count(ingested.without_position as usize);
    frame.count(ingested.doubtful_updates as usize);
    let (least, greatest) = ingested.times.unwrap_or((i64::MAX, i64::MIN));
    frame.long(least);
    frame.long(greatest);
    frame.count(ingested.calls.len());
    for calls in &ingested.calls {
        frame.unsigned(calls.nanos);
        frame.unsigned(calls.traps);
    }
    frame.count(ingested.contributions.len());
    ingested
        .contributions
        .iter()
        .for_each(|contributions| write_contributions(contributions, frame));

    let documents = &ingested.documents;
    frame.count(documents.versions.len());
    frame.longs(&documents.versions);
    frame.byte_lists(&documents.ids);
    frame.byte_lists(&documents.bodies);

    frame.count(ingested.rejects.len());
    for reject in &ingested.rejects {
        frame.count(reject.index as usize);
        frame.bytes(reject.reason.as_bytes());
        frame.bytes(reject.detail.as_bytes());
        frame.bytes(reject.component.as_deref().unwrap_or_default().as_bytes());
    }
    frame.count(ingested.late.len());
    for late in &ingested.late {
        frame.count(late.index as usize);
        frame.ints(&[late.aggregates]);
    }
}

fn write_contributions(contributions: &Contributions, frame: &mut Writer) {
    frame.count(contributions.slice_start.len());
    frame.longs(&contributions.slice_start);
    frame.ints(&contributions.weight);
    frame.byte_lists(&contributions.keys);
    frame.byte_lists(&contributions.partials);
}
