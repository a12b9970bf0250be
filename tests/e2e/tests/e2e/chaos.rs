//! Servers that are killed, frozen and filled while records stream in: the same rows, documents and dead letters.

use anyhow::{Result, bail};
use e2e::chaos::{Faults, Settings, run};
use e2e::harness::{Scenario, Stack};

pub(crate) const SCENARIOS: &[Scenario] =
    &[Scenario { name: "ten_faults_change_nothing", run: ten_faults_change_nothing }];

const SHOWN: usize = 5;
/// Its ten faults strike in five steps, several servers at once, and last long enough to be felt.
const SEED: u64 = 592;

/// The short form of `make chaos`: a kill of every kind, a lock, a full disk, and one more.
fn ten_faults_change_nothing(stack: &Stack) -> Result<()> {
    let faults = Faults::Random { count: 10, minutes: 2.0 };
    let settings = Settings { seed: SEED, faults, rate: 400 };
    let table = run(stack, &settings)?;
    if !table.is_good() {
        stack.keep();
        let some: Vec<&str> = table.wrong().iter().take(SHOWN).map(String::as_str).collect();
        let (some, again) = (some.join("\n"), settings.again());
        let directory = stack.directory().display();
        bail!("{table}\n{some}\nlogs and data stay in {directory}; the same again: {again}");
    }
    Ok(())
}
