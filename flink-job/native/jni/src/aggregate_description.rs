//! `AggregateDescription`: asking an aggregate what it is.

use crate::arrays;
use crate::component_source::limited_source;
use crate::frame::Writer;
use crate::guard::guard;
use component_host::{AggregateDescription, ColumnType, describe_aggregate};
use jni::EnvUnowned;
use jni::objects::{JByteArray, JClass};

// SAFETY: of Java's native methods only this one has this name
#[unsafe(no_mangle)]
extern "system" fn Java_io_wasmflink_component_AggregateDescription_describe<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
    source: JByteArray<'local>,
) -> JByteArray<'local> {
    guard(env, |env| {
        let (source, limits) = limited_source(&arrays::bytes(env, &source, "source")?)?;
        let said = describe_aggregate(&source, limits)?;
        arrays::new_bytes(env, frame(&said).as_bytes())
    })
}

fn frame(said: &AggregateDescription) -> Writer {
    let mut frame = Writer::default();
    frame.bytes(said.name.as_bytes());
    frame.bytes(said.version.as_bytes());
    frame.bytes(said.digest.as_bytes());
    frame.count(said.state_version as usize);
    frame.byte(said.sliding.into());
    frame.unsigned(said.window_size_millis);
    frame.unsigned(said.window_slide_millis);
    frame.unsigned(said.slice_millis);
    frame.unsigned(said.min_weight);
    frame.byte(said.keeps_history.into());
    frame.count(said.columns.len());
    for column in &said.columns {
        frame.bytes(column.name.as_bytes());
        frame.byte(ordinal(column.kind));
        frame.byte(column.key.into());
    }
    frame
}

/// The type's place in Java's `ColumnType`.
fn ordinal(kind: ColumnType) -> u8 {
    match kind {
        ColumnType::Integer => 0,
        ColumnType::Real => 1,
        ColumnType::Text => 2,
        ColumnType::Boolean => 3,
        ColumnType::Timestamp => 4,
    }
}
