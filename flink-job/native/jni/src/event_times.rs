//! `EventTimes`: event times of single raw values.

use crate::arrays;
use crate::component_source::limited_source;
use crate::guard::{guard, guard_shallow};
use crate::registry::{Kind, Registry, exclusive};
use component_host::EventTimes;
use jni::EnvUnowned;
use jni::objects::{JByteArray, JClass};
use std::sync::Mutex;

static OPEN: Registry<Mutex<EventTimes>> = Registry::new(Kind::EventTimes);

// SAFETY: of Java's native methods only this one has this name
#[unsafe(no_mangle)]
extern "system" fn Java_io_wasmflink_component_EventTimes_open<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
    source: JByteArray<'local>,
) -> i64 {
    guard(env, |env| {
        let (source, limits) = limited_source(&arrays::bytes(env, &source, "source")?)?;
        OPEN.open(Mutex::new(EventTimes::new(&source, limits)?))
    })
}

// SAFETY: of Java's native methods only this one has this name
#[unsafe(no_mangle)]
extern "system" fn Java_io_wasmflink_component_EventTimes_of<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
    handle: i64,
    value: JByteArray<'local>,
) -> i64 {
    guard(env, |env| {
        let times = OPEN.get(handle)?;
        let mut times = exclusive(&times, "EventTimes")?;
        let value = arrays::bytes(env, &value, "value")?;
        Ok(times.of(&value)?.unwrap_or(i64::MIN))
    })
}

// SAFETY: of Java's native methods only this one has this name
#[unsafe(no_mangle)]
extern "system" fn Java_io_wasmflink_component_EventTimes_close<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
    handle: i64,
) {
    guard_shallow(env, |_| OPEN.close(handle));
}
