//! Runs scenarios one after another, and reports as cargo's own tests do.
#![allow(
    clippy::print_stdout,
    reason = "a test run reports on standard output, as cargo's own does"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, anyhow};

use super::Stack;

/// A named scenario.
#[derive(Clone, Copy)]
pub struct Scenario {
    /// shown, and what a filter on the command line is compared with
    pub name: &'static str,
    /// fails with an error that says what was wrong
    pub run: fn(&Stack) -> Result<()>,
}

/// Runs those scenarios whose names contain any of the command line's words, all without a word, on one stack.
pub fn run(scenarios: &[Scenario], up: impl FnOnce() -> Result<Stack>) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&String> =
        arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let (chosen, left): (Vec<&Scenario>, Vec<&Scenario>) = scenarios.iter().partition(|scenario| {
        words.is_empty() || words.iter().any(|word| scenario.name.contains(word.as_str()))
    });
    if arguments.iter().any(|argument| argument == "--list") {
        chosen.iter().for_each(|scenario| println!("{}: test", scenario.name));
        return ExitCode::SUCCESS;
    }
    println!("\nrunning {} tests", chosen.len());
    let start = Instant::now();
    let (mut passed, mut failures) = (0, Vec::new());
    if !chosen.is_empty() {
        match up() {
            Ok(stack) => {
                for scenario in &chosen {
                    let begin = Instant::now();
                    match guarded(|| (scenario.run)(&stack)) {
                        Ok(()) => {
                            passed += 1;
                            println!(
                                "test {} ... ok ({:.1} s)",
                                scenario.name,
                                begin.elapsed().as_secs_f64()
                            );
                        }
                        Err(error) => {
                            println!(
                                "test {} ... FAILED ({:.1} s)",
                                scenario.name,
                                begin.elapsed().as_secs_f64()
                            );
                            println!("{error:?}\n");
                            failures.push(scenario.name);
                        }
                    }
                }
            }
            Err(error) => {
                println!("the stack did not come up: {error:?}");
                failures.extend(chosen.iter().map(|scenario| scenario.name));
            }
        }
    }
    if !failures.is_empty() {
        println!("\nfailures:\n    {}", failures.join("\n    "));
    }
    println!(
        "\ntest result: {}. {passed} passed; {} failed; 0 ignored; 0 measured; {} filtered out; finished in {:.2}s\n",
        if failures.is_empty() { "ok" } else { "FAILED" },
        failures.len(),
        left.len(),
        start.elapsed().as_secs_f64()
    );
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A panic in a scenario is its failure, not the end of the others and of the servers' orderly stop.
fn guarded(scenario: impl FnOnce() -> Result<()>) -> Result<()> {
    catch_unwind(AssertUnwindSafe(scenario))
        .unwrap_or_else(|_| Err(anyhow!("it panicked; see above")))
}
