//! End-to-end scenarios on real servers: `make test-e2e`, or `make test-e2e ONLY=WORD` for those whose names contain
//! WORD.
#![allow(
    clippy::print_stdout,
    reason = "a test run reports on standard output, as cargo's own does"
)]

#[path = "../../../../cli/tests/command/authority.rs"]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "certificates for tests: a panic is a failure"
)]
mod authority;
mod bad_input;
mod chaos;
#[path = "../../../../producer/tests/api/city.rs"]
#[expect(dead_code, reason = "the producer's own tests use more of it")]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a server of tests: a panic is a failure"
)]
mod city;
mod clocks;
mod dead_letters;
mod delivering;
mod hostile;
mod late;
mod lifecycle;
mod own_aggregate;
mod producing;
mod secure;
mod sinks;
mod stalls;
mod transactions;
mod whole_way;

use std::process::ExitCode;

use e2e::harness::{Scenario, Stack, StackOptions, run};

fn main() -> ExitCode {
    let scenarios: Vec<Scenario> = [
        whole_way::SCENARIOS,
        bad_input::SCENARIOS,
        late::SCENARIOS,
        dead_letters::SCENARIOS,
        producing::SCENARIOS,
        delivering::SCENARIOS,
        secure::SCENARIOS,
        sinks::SCENARIOS,
        chaos::SCENARIOS,
        stalls::SCENARIOS,
        transactions::SCENARIOS,
        hostile::SCENARIOS,
        lifecycle::SCENARIOS,
        own_aggregate::SCENARIOS,
        clocks::SCENARIOS,
    ]
    .concat();
    // Servers that live for minutes spend more time on making fast code than they save by it.
    let quick = ("JAVA_TOOL_OPTIONS".to_owned(), "-XX:TieredStopAtLevel=1".to_owned());
    let options = StackOptions { environment: vec![quick], ..StackOptions::default() };
    run(&scenarios, || Stack::up(options.clone()))
}
