//! Java's arrays: copied in and out, so that neither side keeps a reference to the other's memory.

use crate::fault::{Fault, wrong};
use jni::Env;
use jni::objects::{JByteArray, JIntArray};

/// The bytes of an array.
pub(crate) fn bytes(env: &Env<'_>, array: &JByteArray<'_>, what: &str) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    if array.is_null() {
        return Err(null(what));
    }
    let length = array.len(env)?;
    copy_bytes(env, array, length, &mut bytes)?;
    Ok(bytes)
}

/// The first bytes of an array, into a buffer that is used again.
pub(crate) fn first_bytes(
    env: &Env<'_>,
    array: &JByteArray<'_>,
    length: usize,
    what: &str,
    buffer: &mut Vec<u8>,
) -> Result<(), Fault> {
    if array.is_null() {
        return Err(null(what));
    }
    let there = array.len(env)?;
    if length > there {
        return Err(wrong(format!("{what} has {there} bytes, expected {length}")));
    }
    copy_bytes(env, array, length, buffer)
}

/// The first numbers of an array, into a buffer that is used again.
pub(crate) fn first_ints(
    env: &Env<'_>,
    array: &JIntArray<'_>,
    count: usize,
    what: &str,
    buffer: &mut Vec<i32>,
) -> Result<(), Fault> {
    if array.is_null() {
        return Err(null(what));
    }
    let there = array.len(env)?;
    if count > there {
        return Err(wrong(format!("{what} has {there} numbers, expected {count}")));
    }
    buffer.clear();
    buffer.resize(count, 0);
    Ok(array.get_region(env, 0, buffer)?)
}

/// A new array.
pub(crate) fn new_bytes<'local>(
    env: &mut Env<'local>,
    bytes: &[u8],
) -> Result<JByteArray<'local>, Fault> {
    Ok(env.byte_array_from_slice(bytes)?)
}

/// The bytes in an array that is used again where they fit, and in a new one with room to spare where they do not.
pub(crate) fn into_bytes<'local>(
    env: &mut Env<'local>,
    reused: JByteArray<'local>,
    bytes: &[u8],
) -> Result<JByteArray<'local>, Fault> {
    let fits = !reused.is_null() && reused.len(env)? >= bytes.len();
    let array = if fits { reused } else { env.new_byte_array(bytes.len() + bytes.len() / 4)? };
    array.set_region(env, 0, signed(bytes))?;
    Ok(array)
}

fn copy_bytes(
    env: &Env<'_>,
    array: &JByteArray<'_>,
    length: usize,
    buffer: &mut Vec<u8>,
) -> Result<(), Fault> {
    buffer.clear();
    buffer.resize(length, 0);
    Ok(array.get_region(env, 0, signed_mut(buffer))?)
}

fn signed(bytes: &[u8]) -> &[i8] {
    // SAFETY: i8 has the size, alignment and valid values of u8, and the result borrows what `bytes` borrows
    unsafe { std::slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len()) }
}

fn signed_mut(bytes: &mut [u8]) -> &mut [i8] {
    // SAFETY: i8 has the size, alignment and valid values of u8, and the result borrows mutably what `bytes` does
    unsafe { std::slice::from_raw_parts_mut(bytes.as_mut_ptr().cast(), bytes.len()) }
}

fn null(what: &str) -> Fault {
    wrong(format!("{what} is null"))
}
