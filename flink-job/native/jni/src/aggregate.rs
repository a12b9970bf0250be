//! `Aggregate` and `Finished`: merging and finishing windows.

use crate::arrays;
use crate::component_source::limited_source;
use crate::fault::{Fault, wrong};
use crate::frame::{Reader, Writer};
use crate::guard::{guard, guard_shallow};
use crate::registry::{Kind, Registry, exclusive};
use component_host::{Finished, StateKind, Value};
use jni::EnvUnowned;
use jni::objects::{JByteArray, JClass};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

static OPEN: Registry<Aggregate> = Registry::new(Kind::Aggregate);

/// The host's part, used by one thread at a time, and what any thread may ask.
struct Aggregate {
    host: Mutex<component_host::Aggregate>,
    nanos: AtomicU64,
    traps: AtomicU64,
}

impl Aggregate {
    /// Uses the host's part, and notes what it has cost so far.
    fn call<R>(
        &self,
        call: impl FnOnce(&mut component_host::Aggregate) -> Result<R, component_host::Error>,
    ) -> Result<R, Fault> {
        let mut host = exclusive(&self.host, "Aggregate")?;
        let result = call(&mut host);
        let (nanos, traps) = host.spent();
        self.nanos.store(nanos, Ordering::Relaxed);
        self.traps.store(traps, Ordering::Relaxed);
        Ok(result?)
    }
}

// SAFETY: of Java's native methods only this one has this name
#[unsafe(no_mangle)]
extern "system" fn Java_io_wasmflink_component_Aggregate_open<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
    source: JByteArray<'local>,
) -> i64 {
    guard(env, |env| {
        let (source, limits) = limited_source(&arrays::bytes(env, &source, "source")?)?;
        OPEN.open(Aggregate {
            host: Mutex::new(component_host::Aggregate::new(&source, limits)?),
            nanos: AtomicU64::new(0),
            traps: AtomicU64::new(0),
        })
    })
}

// SAFETY: of Java's native methods only this one has this name
#[unsafe(no_mangle)]
extern "system" fn Java_io_wasmflink_component_Aggregate_merge<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
    handle: i64,
    frame: JByteArray<'local>,
) -> JByteArray<'local> {
    guard(env, |env| {
        let aggregate = OPEN.get(handle)?;
        let frame = arrays::bytes(env, &frame, "frame")?;
        let mut frame = Reader::new(&frame);
        let accumulators = frame.byte_lists()?;
        frame.end()?;
        let merged = aggregate.call(|host| host.merge(accumulators))?;
        arrays::new_bytes(env, &merged)
    })
}

// SAFETY: of Java's native methods only this one has this name
#[unsafe(no_mangle)]
extern "system" fn Java_io_wasmflink_component_Aggregate_finish<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
    handle: i64,
    frame: JByteArray<'local>,
) -> JByteArray<'local> {
    guard(env, |env| {
        let aggregate = OPEN.get(handle)?;
        let frame = arrays::bytes(env, &frame, "frame")?;
        let mut frame = Reader::new(&frame);
        let window = (frame.long()?, frame.long()?);
        let key = frame.bytes()?;
        let history = frame.bytes()?;
        let accumulators = frame.byte_lists()?;
        frame.end()?;
        let finished = aggregate.call(|host| host.finish(key, window, accumulators, history))?;
        arrays::new_bytes(env, finished_frame(&finished).as_bytes())
    })
}

// SAFETY: of Java's native methods only this one has this name
#[unsafe(no_mangle)]
extern "system" fn Java_io_wasmflink_component_Aggregate_upgrade<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
    handle: i64,
    frame: JByteArray<'local>,
) -> JByteArray<'local> {
    guard(env, |env| {
        let aggregate = OPEN.get(handle)?;
        let frame = arrays::bytes(env, &frame, "frame")?;
        let mut frame = Reader::new(&frame);
        let kind = match frame.int()? {
            0 => StateKind::Accumulator,
            1 => StateKind::History,
            other => return Err(wrong(format!("{other} is no kind of state"))),
        };
        let from = frame.count()?;
        let state = frame.bytes()?;
        frame.end()?;
        let upgraded = aggregate.call(|host| host.upgrade(kind, from, state))?;
        arrays::new_bytes(env, &upgraded)
    })
}

// SAFETY: of Java's native methods only this one has this name
#[unsafe(no_mangle)]
extern "system" fn Java_io_wasmflink_component_Aggregate_callNanos<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
    handle: i64,
) -> i64 {
    guard_shallow(env, |_| Ok(OPEN.get(handle)?.nanos.load(Ordering::Relaxed).cast_signed()))
}

// SAFETY: of Java's native methods only this one has this name
#[unsafe(no_mangle)]
extern "system" fn Java_io_wasmflink_component_Aggregate_traps<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
    handle: i64,
) -> i64 {
    guard_shallow(env, |_| Ok(OPEN.get(handle)?.traps.load(Ordering::Relaxed).cast_signed()))
}

// SAFETY: of Java's native methods only this one has this name
#[unsafe(no_mangle)]
extern "system" fn Java_io_wasmflink_component_Aggregate_close<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
    handle: i64,
) {
    guard_shallow(env, |_| OPEN.close(handle));
}

/// The history, then the number of values (-1 for no row) and each with a byte for its kind.
fn finished_frame(finished: &Finished) -> Writer {
    let mut frame = Writer::default();
    frame.bytes(&finished.history);
    let Some(row) = &finished.row else {
        frame.int(-1);
        return frame;
    };
    frame.count(row.len());
    for value in row {
        match value {
            Value::Null => frame.byte(0),
            Value::Integer(number) => {
                frame.byte(1);
                frame.long(*number);
            }
            Value::Real(number) => {
                frame.byte(2);
                frame.long(number.to_bits().cast_signed());
            }
            Value::Text(text) => {
                frame.byte(3);
                frame.bytes(text.as_bytes());
            }
            Value::Boolean(truth) => {
                frame.byte(4);
                frame.byte((*truth).into());
            }
            Value::Timestamp(millis) => {
                frame.byte(5);
                frame.long(*millis);
            }
        }
    }
    frame
}
