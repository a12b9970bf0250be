//! The sentence in a Java stack trace that says what went wrong.

/// The innermost cause's message, without the frames. One from below Flink ("Connection refused") is told with the cause
/// around it, which says whose.
pub(crate) fn root_cause(trace: &str) -> String {
    let causes: Vec<Cause> = trace.split("Caused by: ").map(Cause::of).collect();
    match causes.as_slice() {
        [.., around, inner] if inner.needs_context() && !around.is_flinks() => {
            if around.text.contains(&inner.text) {
                around.told()
            } else {
                format!("{}: {}", around.told().trim_end_matches('.'), inner.told())
            }
        }
        [.., inner] => inner.told(),
        [] => String::new(),
    }
}

/// One exception of a chain.
struct Cause {
    /// with its package; empty where there is none
    class: String,
    text: String,
}

impl Cause {
    fn of(block: &str) -> Self {
        let lines: Vec<&str> = block
            .lines()
            .take_while(|line| !is_frame(line))
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        let message = lines.join(" ");
        let (class, text) = message.split_once(": ").unwrap_or((&message, ""));
        if class.contains('.') && !class.contains(' ') {
            Self { class: class.to_owned(), text: text.to_owned() }
        } else {
            Self { class: String::new(), text: message }
        }
    }

    /// The class without its package.
    fn name(&self) -> &str {
        self.class.rsplit('.').next().unwrap_or_default()
    }

    /// Refusals of our job and of Flink's own are whole sentences.
    fn is_sentence(&self) -> bool {
        const SENTENCES: [&str; 5] = [
            "StartupException",
            "ProgramParametrizationException",
            "RestHandlerException",
            "NotFoundException",
            "FlinkJobNotFoundException",
        ];
        self.class.is_empty() || SENTENCES.contains(&self.name())
    }

    fn is_flinks(&self) -> bool {
        self.class.starts_with("org.apache.flink.")
    }

    fn needs_context(&self) -> bool {
        !self.is_sentence() && !self.is_flinks()
    }

    fn told(&self) -> String {
        match (self.name(), self.text.as_str()) {
            (name, "") => name.to_owned(),
            (_, text) if self.is_sentence() => text.to_owned(),
            (name, text) => format!("{name}: {text}"),
        }
    }
}

/// `at some.Class.method(File.java:1)` and `... 5 more`, behind a tab
fn is_frame(line: &str) -> bool {
    let text = line.trim_start();
    text.len() < line.len() && (text.starts_with("at ") || text.starts_with("... "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_cause_is_said() {
        let trace = "org.apache.flink.runtime.JobException: Recovery is suppressed\n\tat a.B.c(B.java:1)\n\
                     Caused by: java.lang.IllegalStateException: outer\n\tat a.B.c(B.java:1)\n\t... 5 more\n\
                     Caused by: java.net.ConnectException: Connection refused\nand a second line\n\tat d.E(E.java:2)\n\
                     \t... 5 more\n";
        assert_eq!(
            root_cause(trace),
            "IllegalStateException: outer: ConnectException: Connection refused and a second line"
        );
    }

    #[test]
    fn a_refusal_is_its_sentence() {
        let trace = "org.apache.flink.runtime.rest.handler.RestHandlerException: Could not execute application.\n\tat x(Y)\n\
                     Caused by: org.apache.flink.client.program.ProgramParametrizationException: There is no flag called \
                     --x. --help shows them all.\n\tat z(Z)";
        assert_eq!(root_cause(trace), "There is no flag called --x. --help shows them all.");
    }

    #[test]
    fn a_cause_that_repeats_the_inner_one_is_enough() {
        let trace = "java.lang.RuntimeException: x\n\tat a.B.c(B.java:1)\n\
                     Caused by: org.postgresql.util.PSQLException: Connection to p:1 refused: Connection refused\n\tat d.E(E.java:1)\n\
                     Caused by: java.net.ConnectException: Connection refused\n\tat f.G(G.java:1)";
        assert_eq!(
            root_cause(trace),
            "PSQLException: Connection to p:1 refused: Connection refused"
        );
        let flinks = "org.apache.flink.runtime.JobException: Recovery is suppressed\n\tat a.B.c(B.java:1)\n\
                      Caused by: java.io.IOException: disk full\n\tat d.E(E.java:1)";
        assert_eq!(root_cause(flinks), "IOException: disk full");
    }

    #[test]
    fn anything_else_is_left_as_it_is() {
        assert_eq!(root_cause("Not found: /x"), "Not found: /x");
        assert_eq!(
            root_cause("java.lang.OutOfMemoryError\n\tat a.b(C.java:1)"),
            "OutOfMemoryError"
        );
        assert_eq!(root_cause(""), "");
    }
}
