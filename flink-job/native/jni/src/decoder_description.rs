//! `DecoderDescription`: asking a decoder what it is.

use crate::arrays;
use crate::component_source::limited_source;
use crate::frame::Writer;
use crate::guard::guard;
use component_host::describe_decoder;
use jni::EnvUnowned;
use jni::objects::{JByteArray, JClass};

// SAFETY: of Java's native methods only this one has this name
#[unsafe(no_mangle)]
extern "system" fn Java_io_wasmflink_component_DecoderDescription_describe<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
    source: JByteArray<'local>,
) -> JByteArray<'local> {
    guard(env, |env| {
        let (source, limits) = limited_source(&arrays::bytes(env, &source, "source")?)?;
        let said = describe_decoder(&source, limits)?;
        let mut frame = Writer::default();
        frame.bytes(said.name.as_bytes());
        frame.bytes(said.version.as_bytes());
        frame.bytes(said.digest.as_bytes());
        frame.bytes(said.document_mapping.as_bytes());
        arrays::new_bytes(env, frame.as_bytes())
    })
}
