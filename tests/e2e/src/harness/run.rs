//! Runs scenarios one after another, and reports as cargo's own tests do.
#![allow(
    clippy::print_stdout,
    reason = "a test run reports on standard output, as cargo's own does"
)]

use std::error::Error;
use std::fmt::{Display, Formatter};
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
    /// fails with an error that says what was wrong, or with [`Ignored`]
    pub run: fn(&Stack) -> Result<()>,
}

/// Why a scenario can't be tried here. It is counted as ignored: neither passed nor failed.
#[derive(Debug)]
pub struct Ignored(pub String);

impl Display for Ignored {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Error for Ignored {}

/// What became of the scenarios that were run.
#[derive(Default)]
struct Tally {
    passed: usize,
    ignored: usize,
    failures: Vec<&'static str>,
}

impl Tally {
    fn add(&mut self, name: &'static str, seconds: f64, outcome: Result<()>) {
        match outcome {
            Ok(()) => {
                self.passed += 1;
                println!("test {name} ... ok ({seconds:.1} s)");
            }
            Err(error) => match error.downcast_ref::<Ignored>() {
                Some(why) => {
                    self.ignored += 1;
                    println!("test {name} ... ignored, {why}");
                }
                None => {
                    self.failures.push(name);
                    println!("test {name} ... FAILED ({seconds:.1} s)\n{error:?}\n");
                }
            },
        }
    }

    fn line(&self, left: usize, seconds: f64) -> String {
        format!(
            "test result: {}. {} passed; {} failed; {} ignored; 0 measured; {left} filtered out; finished in {seconds:.2}s",
            if self.failures.is_empty() { "ok" } else { "FAILED" },
            self.passed,
            self.failures.len(),
            self.ignored,
        )
    }
}

/// Runs those scenarios whose names contain any of the command line's words, all without a word, on one stack. A server
/// that a scenario leaves dead is brought back before the next one.
pub fn run(scenarios: &[Scenario], up: impl Fn() -> Result<Stack>) -> ExitCode {
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
    let mut tally = Tally::default();
    let mut stack = None;
    for scenario in &chosen {
        let begin = Instant::now();
        let outcome = whole(stack.take(), &up).and_then(|servers| {
            let outcome = guarded(|| (scenario.run)(&servers));
            stack = Some(servers);
            outcome
        });
        tally.add(scenario.name, begin.elapsed().as_secs_f64(), outcome);
    }
    drop(stack);
    if !tally.failures.is_empty() {
        println!("\nfailures:\n    {}", tally.failures.join("\n    "));
    }
    println!("\n{}\n", tally.line(left.len(), start.elapsed().as_secs_f64()));
    if tally.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The servers from before, all of them alive, or new ones.
fn whole(before: Option<Stack>, up: impl Fn() -> Result<Stack>) -> Result<Stack> {
    if let Some(stack) = before {
        if stack.is_healthy() {
            return Ok(stack);
        }
        println!("     a server is down before the next test:\n{}", stack.status()?);
        match stack.revive() {
            Ok(()) => {
                println!("     it was brought back");
                return Ok(stack);
            }
            Err(error) => {
                println!("     new servers take their place, for it stays away: {error:#}")
            }
        }
    }
    up()
}

/// A panic in a scenario is its failure, not the end of the others and of the servers' orderly stop.
fn guarded(scenario: impl FnOnce() -> Result<()>) -> Result<()> {
    catch_unwind(AssertUnwindSafe(scenario))
        .unwrap_or_else(|_| Err(anyhow!("it panicked; see above")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_be_tried_is_neither_passed_nor_failed() {
        let mut tally = Tally::default();
        tally.add("a", 0.0, Ok(()));
        tally.add("b", 0.0, Err(Ignored("no file".to_owned()).into()));
        let line = tally.line(0, 0.0);
        assert!(line.starts_with("test result: ok. 1 passed; 0 failed; 1 ignored;"), "{line}");
        tally.add("c", 0.0, Err(anyhow!("wrong")));
        let line = tally.line(2, 0.0);
        assert!(line.starts_with("test result: FAILED. 1 passed; 1 failed; 1 ignored;"), "{line}");
    }
}
