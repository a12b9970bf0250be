//! Transactions of producers: what is not committed does not count, and markers are no records to wait for.

use anyhow::{Result, ensure};
use e2e::harness::{Case, Run, Scenario, Stack, generated};

use crate::delivering::{kill, start_slowly};

pub(crate) const SCENARIOS: &[Scenario] =
    &[Scenario { name: "a_killed_transaction_counts_nothing", run: killed }];

/// A producer is killed in its transaction, another commits one record, and a partition is empty. Every partition but
/// that one ends in a transaction marker, most have nothing but aborted records: the bounded job ends all the same.
fn killed(stack: &Stack) -> Result<()> {
    let input = generated(stack, "killed.csv", &["--seed", "21", "--days", "30"])?;
    let case = Case::new(stack, "killed", 3)?;
    kill(start_slowly(stack, &case, &input.path, &["--transactional"])?)?;
    let file = input.path.to_str().unwrap_or_default();
    stack
        .programs()
        .crimes(&["produce", file, "--topic", &case.topic, "--transactional", "--limit", "1"])?
        .run()?
        .success()?;
    stack.topics()?.extend(&case.topic, 4)?;
    let (all, committed) =
        (stack.topics()?.count_uncommitted(&case.topic)?, stack.topics()?.read(&case.topic)?.len());
    ensure!(all > 2000 && committed == 1, "{committed} of {all} records are committed");
    case.job().parallelism(2).run_to_the_end()?;
    let crimes: i64 = stack.tables()?.totals()?.values().map(|total| total.crimes).sum();
    ensure!(crimes == 1, "{crimes} crimes are counted, one is committed");
    Ok(())
}
