//! What a native method can fail with: a fault of the host, or one that the JVM reports.

use component_host::{Code, Error};
use jni::errors::JniError;

/// A failed native call.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The host's own code and sentence.
    Host(Error),
    /// What the JVM said; an exception may be pending.
    Jvm(jni::errors::Error),
}

impl Fault {
    /// The code and the sentence of the Java exception.
    pub(crate) fn code_and_message(&self) -> (Code, String) {
        match self {
            Self::Host(error) => (error.code, error.message.clone()),
            Self::Jvm(jni::errors::Error::JniCall(JniError::NoMemory)) => {
                let message = "the JVM has no memory for what a component gave; give Java a larger heap (-Xmx)";
                (Code::Internal, message.to_owned())
            }
            Self::Jvm(error) => (Code::Internal, format!("the JVM refused a native call: {error}")),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Host(error)
    }
}

impl From<jni::errors::Error> for Fault {
    fn from(error: jni::errors::Error) -> Self {
        Self::Jvm(error)
    }
}

/// A fault of the caller.
pub(crate) fn wrong(message: impl Into<String>) -> Fault {
    Fault::Host(Error::new(Code::Internal, message))
}
