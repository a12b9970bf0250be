//! The same tables on machines in any time zone.

use anyhow::{Context, Result, ensure};
use e2e::harness::{Case, Compare, Scenario, Stack, StackOptions, generated, shared};

pub(crate) const SCENARIOS: &[Scenario] = &[Scenario {
    name: "every_time_zone_gives_the_same_tables",
    run: every_time_zone_gives_the_same_tables,
}];

/// Servers, job and commands live in zones that are far apart, one with daylight saving, one with half an hour; `TZ` and
/// the JVMs' `user.timezone` differ from each other, too. The hour that Chicago skips is in the file.
fn every_time_zone_gives_the_same_tables(_: &Stack) -> Result<()> {
    for (system, jvm) in
        [("America/Chicago", "Pacific/Kiritimati"), ("Pacific/Pago_Pago", "America/St_Johns")]
    {
        let environment = vec![
            ("TZ".to_owned(), system.to_owned()),
            ("JAVA_TOOL_OPTIONS".to_owned(), format!("-Duser.timezone={jvm}")),
        ];
        let stack = Stack::up(StackOptions { task_managers: 1, slots: 2, environment })?;
        in_this_zone(&stack).with_context(|| format!("TZ={system}, user.timezone={jvm}"))?;
    }
    Ok(())
}

fn in_this_zone(stack: &Stack) -> Result<()> {
    let spring =
        generated(stack, "spring.csv", &["--seed", "9", "--from", "2018-03-09", "--days", "5"])?;
    let mut inputs = vec![("spring", spring)];
    if let Some(real) = shared("crimes-2016-first-days.csv")? {
        inputs.push(("real", real));
    }
    for (name, input) in inputs {
        let case = Case::new(stack, name, 2)?;
        case.produce(&input.path)?;
        case.job().run_to_the_end()?;
        let answer = input.answer();
        ensure!(!answer.totals.is_empty(), "the answer key is empty");
        answer.all(&case).context(name)?;
    }
    Ok(())
}
