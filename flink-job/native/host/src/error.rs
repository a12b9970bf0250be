//! What can go wrong, as a code for programs and a sentence for people.

/// Kind of a fault. The order is that of the codes in the JVM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The bytes are no component, or one that does not speak this contract.
    Contract,
    /// The component refuses a setting.
    Setting,
    /// The component trapped.
    Trap,
    /// The component took longer than it may.
    Deadline,
    /// The component wanted more memory than it may have.
    Memory,
    /// What the component gave back contradicts itself or the contract.
    Output,
    /// The handle was closed.
    Closed,
    /// A fault of the host, or of its caller.
    Internal,
    /// The component answered with an error instead of a result.
    Refused,
}

/// A fault with its sentence.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What kind of fault it is.
    pub code: Code,
    /// What was found, where, and what to do.
    pub message: String,
}

impl Error {
    /// A fault of kind `code`.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// Whether the component itself failed, so that a smaller batch may do.
    pub(crate) fn is_the_guests(&self) -> bool {
        matches!(
            self.code,
            Code::Trap | Code::Deadline | Code::Memory | Code::Output | Code::Refused
        )
    }
}

/// What a component says, as far as it fits into a sentence: it may say anything, and much of it.
pub(crate) fn said(text: &str) -> String {
    const CHARS: usize = 300;
    let mut chars = text.chars();
    let mut start: String = chars.by_ref().take(CHARS).collect();
    if chars.next().is_some() {
        start.push('…');
    }
    start
}

#[cfg(test)]
mod tests {
    use super::said;

    #[test]
    fn what_is_said_is_cut_between_characters() {
        assert_eq!(said("no district"), "no district");
        assert_eq!(said(&"é".repeat(300)), "é".repeat(300));
        assert_eq!(said(&"é".repeat(301)), "é".repeat(300) + "…");
    }
}
