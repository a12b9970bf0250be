//! The sentence in a Java stack trace that says what went wrong.

/// The innermost cause's message, without the frames. A message keeps its class where the class says something.
pub(crate) fn root_cause(trace: &str) -> String {
    const CAUSED_BY: &str = "Caused by: ";
    let begin = trace.rfind(CAUSED_BY).map_or(0, |at| at + CAUSED_BY.len());
    let message: Vec<&str> = trace[begin..]
        .lines()
        .take_while(|line| !is_frame(line))
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    without_class(&message.join(" "))
}

/// `at some.Class.method(File.java:1)` and `... 5 more`, behind a tab
fn is_frame(line: &str) -> bool {
    let text = line.trim_start();
    text.len() < line.len() && (text.starts_with("at ") || text.starts_with("... "))
}

/// The classes of our job's and Flink's refusals add nothing to their sentence; others do (`OutOfMemoryError`), but not
/// their package.
fn without_class(message: &str) -> String {
    const SILENT: [&str; 6] = [
        "StartupException",
        "ProgramParametrizationException",
        "RestHandlerException",
        "NotFoundException",
        "FlinkJobNotFoundException",
        "RuntimeException",
    ];
    let (class, text) = message.split_once(": ").unwrap_or((message, ""));
    let is_class = class.contains('.') && !class.contains(' ');
    if !is_class {
        return message.to_owned();
    }
    let name = class.rsplit('.').next().unwrap_or(class);
    match text {
        "" => name.to_owned(),
        text if SILENT.contains(&name) => text.to_owned(),
        text => format!("{name}: {text}"),
    }
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
        assert_eq!(root_cause(trace), "ConnectException: Connection refused and a second line");
    }

    #[test]
    fn a_refusal_is_its_sentence() {
        let trace = "org.apache.flink.runtime.rest.handler.RestHandlerException: Could not execute application.\n\tat x(Y)\n\
                     Caused by: org.apache.flink.client.program.ProgramParametrizationException: There is no flag called \
                     --x. --help shows them all.\n\tat z(Z)";
        assert_eq!(root_cause(trace), "There is no flag called --x. --help shows them all.");
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
