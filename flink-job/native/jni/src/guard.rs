//! The one guard at every native entry: whatever goes wrong behind it, the JVM sees one exception with a code.

use crate::fault::Fault;
use component_host::Code;
use jni::errors::ErrorPolicy;
use jni::objects::{JThrowable, JValue};
use jni::{Env, EnvUnowned, jni_sig, jni_str};
use std::any::Any;

/// Runs the body of a native method. Where it fails or panics, a `ComponentException` is pending and the default (null,
/// zero) is returned, which Java never sees.
pub(crate) fn guard<'local, T: Default>(
    mut env: EnvUnowned<'local>,
    body: impl FnOnce(&mut Env<'local>) -> Result<T, Fault>,
) -> T {
    env.with_env(body).resolve::<Throw>()
}

struct Throw;

impl<T: Default> ErrorPolicy<T, Fault> for Throw {
    type Captures<'env: 'method, 'method> = ();

    fn on_error<'env: 'method, 'method>(
        env: &mut Env<'env>,
        (): &mut (),
        fault: Fault,
    ) -> jni::errors::Result<T> {
        let (code, message) = fault.code_and_message();
        throw(env, code, &message)?;
        Ok(T::default())
    }

    fn on_panic<'env: 'method, 'method>(
        env: &mut Env<'env>,
        (): &mut (),
        payload: Box<dyn Any + Send>,
    ) -> jni::errors::Result<T> {
        throw(env, Code::Internal, &format!("the native library panicked: {}", words(&*payload)))?;
        // a payload may panic when it is dropped, and nothing may unwind from here
        std::mem::forget(payload);
        Ok(T::default())
    }
}

fn words(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}

/// Leaves a `ComponentException` pending. What was pending before becomes its cause.
fn throw(env: &mut Env<'_>, code: Code, message: &str) -> jni::errors::Result<()> {
    let cause = env.exception_occurred();
    env.exception_clear();
    match component_exception(env, code, message, cause.as_ref()) {
        Ok(exception) => thrown(env.throw(&exception)),
        // an exception that says why (no memory, say) is pending already
        Err(_) if env.exception_check() => Ok(()),
        Err(error) => {
            let message = format!("{message} (and ComponentException cannot be made: {error})");
            let message = jni::strings::JNIString::from(message);
            thrown(env.throw_new(jni_str!("java/lang/InternalError"), message))
        }
    }
}

/// The class is found through the class loader of the native method that is running, never kept: several class loaders
/// use this one library, each with a `ComponentException` of its own.
fn component_exception<'env>(
    env: &mut Env<'env>,
    code: Code,
    message: &str,
    cause: Option<&JThrowable<'_>>,
) -> jni::errors::Result<JThrowable<'env>> {
    let class = env.find_class(jni_str!("io/wasmflink/component/ComponentException"))?;
    let message = env.new_string(message)?;
    let none = JThrowable::null();
    let exception = env.new_object(
        class,
        jni_sig!("(ILjava/lang/String;Ljava/lang/Throwable;)V"),
        &[
            JValue::Int(ordinal(code)),
            JValue::Object(&message),
            JValue::Object(cause.unwrap_or(&none)),
        ],
    )?;
    env.cast_local::<JThrowable<'_>>(exception)
}

/// Throwing "fails" with the news that an exception is pending, which is what is wanted.
fn thrown(result: jni::errors::Result<()>) -> jni::errors::Result<()> {
    match result {
        Ok(()) | Err(jni::errors::Error::JavaException) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The code's place in Java's `ComponentException.Code`.
fn ordinal(code: Code) -> i32 {
    match code {
        Code::Contract => 0,
        Code::Setting => 1,
        Code::Trap => 2,
        Code::Deadline => 3,
        Code::Memory => 4,
        Code::Output => 5,
        Code::Closed => 6,
        Code::Internal => 7,
    }
}
