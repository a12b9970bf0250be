//! The sentence in a Java stack trace that says what went wrong.

/// The innermost cause's message, without the frames. One from below Flink ("Connection refused") is told with the cause
/// around it, which says whose. A class that cannot be loaded is a reason only where there is no other: a job's classes
/// are gone when it has failed, and whoever puts its exception into words then finds that instead.
pub(crate) fn root_cause(trace: &str) -> String {
    // those of suppressed exceptions are indented: they happened on the way out
    let mut causes: Vec<Cause> = trace.split("\nCaused by: ").map(Cause::of).collect();
    let says_why = |cause: &Cause| !cause.is_unloaded_class() && !cause.is_end_of_restarts();
    if causes.iter().any(says_why) {
        while causes.pop_if(|last| !says_why(last)).is_some() {}
    }
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
        Self::named(&message).unwrap_or_else(|| Self { class: String::new(), text: message })
    }

    /// `some.Class: text`, also where Flink has packed it up as text.
    fn named(message: &str) -> Option<Self> {
        let (class, text) = message.split_once(": ").unwrap_or((message, ""));
        if !class.contains('.') || class.contains(' ') {
            return None;
        }
        let this = Self { class: class.to_owned(), text: text.to_owned() };
        let packed = if this.name() == "SerializedThrowable" { Self::named(text) } else { None };
        Some(packed.unwrap_or(this))
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

    fn is_unloaded_class(&self) -> bool {
        matches!(self.name(), "ClassNotFoundException" | "NoClassDefFoundError")
    }

    fn is_end_of_restarts(&self) -> bool {
        self.text.starts_with("Recovery is suppressed")
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

/// `at some.Class.method(File.java:1)`, `... 5 more` and `Suppressed: some.Class`, behind a tab
fn is_frame(line: &str) -> bool {
    let text = line.trim_start();
    text.len() < line.len() && ["at ", "... ", "Suppressed: "].iter().any(|it| text.starts_with(it))
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

    /// A row of 33,000 bytes, as Flink 1.16 tells of it: in full, and where Elasticsearch's classes were gone.
    #[test]
    fn a_class_that_is_gone_does_not_hide_the_reason() {
        let begin = "org.apache.flink.runtime.JobException: Recovery is suppressed by \
                     FixedDelayRestartBackoffTimeStrategy(maxNumberRestartAttempts=1, backoffTimeMS=1000)\n\tat a.B.c(B.java:1)\n\
                     Caused by: java.lang.Exception: Could not perform checkpoint 4 for operator Source: kafka-crime -> ingest \
                     -> (elasticsearch-crime_locations: Writer) (1/1)#1.\n\tat a.B.c(B.java:1)\n\
                     Caused by: org.apache.flink.util.FlinkRuntimeException: Single action index of bulk request failed with \
                     status 400.\n\tat a.B.c(B.java:1)\n";
        let reason = "ElasticsearchException[Elasticsearch exception \
                      [type=max_bytes_length_exceeded_exception, reason=bytes can be at most 32766 in length; got 33000]]";
        let full = format!("{begin}Caused by: {reason}\n\tat x.Y.z(Y.java:1)\n\t... 7 more\n");
        assert_eq!(root_cause(&full), reason);
        let gone = "Caused by: java.lang.NoClassDefFoundError: org/elasticsearch/ExceptionsHelper\n\tat x.Y.z(Y.java:1)\n\
                    Caused by: java.lang.ClassNotFoundException: org.elasticsearch.ExceptionsHelper\n\tat u.V.w(V.java:1)\n\
                    \t... 9 more\n";
        assert_eq!(
            root_cause(&format!("{begin}{gone}")),
            "FlinkRuntimeException: Single action index of bulk request failed with status 400."
        );
        let suppressed =
            format!("\tSuppressed: java.io.IOException: closing\n\t\tat k.L.m(L.java:1)\n\t{gone}");
        assert_eq!(root_cause(&format!("{full}{suppressed}")), reason);
    }

    #[test]
    fn a_missing_class_is_said_where_it_is_the_reason() {
        let trace = "org.apache.flink.runtime.JobException: Recovery is suppressed by X\n\tat a.B.c(B.java:1)\n\
                     Caused by: java.lang.NoClassDefFoundError: org/x/Y\n\tat a.B.c(B.java:1)\n\
                     Caused by: java.lang.ClassNotFoundException: org.x.Y\n\tat a.B.c(B.java:1)";
        assert_eq!(
            root_cause(trace),
            "NoClassDefFoundError: org/x/Y: ClassNotFoundException: org.x.Y"
        );
    }

    #[test]
    fn what_flink_has_packed_up_is_said_as_it_was() {
        let trace = "org.apache.flink.runtime.JobException: Recovery is suppressed by X\n\tat a.B.c(B.java:1)\n\
                     Caused by: org.apache.flink.util.SerializedThrowable: org.postgresql.util.PSQLException: ERROR: value too \
                     long\n\tat a.B.c(B.java:1)";
        assert_eq!(root_cause(trace), "PSQLException: ERROR: value too long");
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
