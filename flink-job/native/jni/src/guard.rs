//! The one guard at every native entry: whatever goes wrong behind it, the JVM sees one exception with a code.

use crate::fault::Fault;
use crate::stack;
use component_host::Code;
use jni::objects::{JThrowable, JValue};
use jni::{Env, EnvUnowned, Outcome, jni_sig, jni_str};
use std::any::Any;

/// Runs the body of a native method. Where it fails or panics, a `ComponentException` is pending and the default (null,
/// zero) is returned, which Java never sees. For what runs components: it is refused where the stack does not suffice.
pub(crate) fn guard<'local, T: Default>(
    env: EnvUnowned<'local>,
    body: impl FnOnce(&mut Env<'local>) -> Result<T, Fault>,
) -> T {
    guard_shallow(env, |env| {
        stack::enough()?;
        body(env)
    })
}

/// The same for what runs no component, and needs next to no stack.
pub(crate) fn guard_shallow<'local, T: Default>(
    mut env: EnvUnowned<'local>,
    body: impl FnOnce(&mut Env<'local>) -> Result<T, Fault>,
) -> T {
    let (code, message) = match env.with_env(body).into_outcome() {
        Outcome::Ok(given) => return given,
        Outcome::Err(fault) => fault.code_and_message(),
        Outcome::Panic(payload) => {
            let message = format!("the native library panicked: {}", words(&*payload));
            // a payload may panic when it is dropped, and nothing may unwind from here
            std::mem::forget(payload);
            (Code::Internal, message)
        }
    };
    // a panic in here is caught like one in the body; then the JVM has at least what was pending
    let _ = env.with_env(|env| throw(env, code, &message)).into_outcome();
    T::default()
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
        Code::Refused => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use component_host::Error;
    use jni::objects::JString;
    use jni::{InitArgsBuilder, JNIVersion, JavaVM};

    /// What Java would catch: the code's name, the message, and the message of the cause.
    type Caught = (String, String, Option<String>);

    fn text(env: &mut Env<'_>, object: &JThrowable<'_>) -> Option<String> {
        let message = env
            .call_method(object, jni_str!("getMessage"), jni_sig!("()Ljava/lang/String;"), &[])
            .unwrap();
        let message = env.cast_local::<JString<'_>>(message.l().unwrap()).unwrap();
        (!message.is_null()).then(|| message.try_to_string(env).unwrap())
    }

    fn caught(env: &mut Env<'_>) -> Option<Caught> {
        let exception = env.exception_occurred()?;
        env.exception_clear();
        let signature = jni_sig!("()Lio/wasmflink/component/ComponentException$Code;");
        let code = env.call_method(&exception, jni_str!("code"), signature, &[]).unwrap();
        let code = code.l().unwrap();
        let name = env
            .call_method(&code, jni_str!("name"), jni_sig!("()Ljava/lang/String;"), &[])
            .unwrap();
        let name = env.cast_local::<JString<'_>>(name.l().unwrap()).unwrap();
        let cause = env
            .call_method(&exception, jni_str!("getCause"), jni_sig!("()Ljava/lang/Throwable;"), &[])
            .unwrap();
        let cause = env.cast_local::<JThrowable<'_>>(cause.l().unwrap()).unwrap();
        let cause = if cause.is_null() { None } else { text(env, &cause) };
        Some((name.try_to_string(env).unwrap(), text(env, &exception).unwrap_or_default(), cause))
    }

    /// Runs a native method's body behind the guard, as the JVM would.
    fn run(
        env: &mut Env<'_>,
        body: impl FnOnce(&mut Env<'_>) -> Result<i64, Fault>,
    ) -> (i64, Option<Caught>) {
        // SAFETY: the pointer is that of the env that is borrowed here, on the thread that it belongs to
        let unowned = unsafe { EnvUnowned::from_raw(env.get_raw()) };
        let given = guard(unowned, body);
        (given, caught(env))
    }

    struct Spiteful;

    impl Drop for Spiteful {
        fn drop(&mut self) {
            panic!("a payload that panics when it is dropped");
        }
    }

    /// All in one test, because a process can have one JVM only.
    #[test]
    fn whatever_happens_java_sees_one_exception() {
        let classes = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/classes");
        let there =
            std::path::Path::new(classes).join("io/wasmflink/component/ComponentException.class");
        assert!(
            there.exists(),
            "{} is not there: build the job first (make build)",
            there.display()
        );
        let options = InitArgsBuilder::new()
            .version(JNIVersion::V1_8)
            .option(format!("-Djava.class.path={classes}"))
            .build()
            .unwrap();
        let vm = JavaVM::new(options).unwrap();
        vm.attach_current_thread(|env| -> Result<(), Fault> {
            assert_eq!(run(env, |_| Ok(7)), (7, None));

            for (code, name) in [
                (Code::Contract, "CONTRACT"),
                (Code::Setting, "SETTING"),
                (Code::Trap, "TRAP"),
                (Code::Deadline, "DEADLINE"),
                (Code::Memory, "MEMORY"),
                (Code::Output, "OUTPUT"),
                (Code::Closed, "CLOSED"),
                (Code::Internal, "INTERNAL"),
                (Code::Refused, "REFUSED"),
            ] {
                let words = "what, where, \0 \u{e9} \u{1f600}";
                let expected = Some((name.to_owned(), words.to_owned(), None));
                assert_eq!(run(env, |_| Err(Error::new(code, words).into())), (0, expected));
            }

            let panicked = |words: &str| {
                let message = format!("the native library panicked: {words}");
                (0, Some(("INTERNAL".to_owned(), message, None)))
            };
            assert_eq!(run(env, |_| panic!("on purpose")), panicked("on purpose"));
            assert_eq!(run(env, |_| panic!("number {}", 7)), panicked("number 7"));
            let spiteful = run(env, |_| std::panic::panic_any(Spiteful));
            assert_eq!(spiteful, panicked("without a message"));

            // an exception that a native method leaves pending is not lost, and not mistaken for its own
            let (_, pending) = run(env, |env| {
                env.throw_new(jni_str!("java/lang/IllegalStateException"), jni_str!("first"))?;
                Ok(0)
            });
            let (code, _, cause) = pending.unwrap();
            assert_eq!((code.as_str(), cause.as_deref()), ("INTERNAL", Some("first")));
            let (_, pending) = run(env, |env| {
                let _ =
                    env.throw_new(jni_str!("java/lang/IllegalStateException"), jni_str!("first"));
                panic!("then this")
            });
            let (_, message, cause) = pending.unwrap();
            assert!(message.ends_with("then this"), "{message}");
            assert_eq!(cause.as_deref(), Some("first"));
            Ok(())
        })
        .unwrap();
    }
}
