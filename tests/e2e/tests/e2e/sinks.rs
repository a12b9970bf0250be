//! What the servers behind the job refuse, and servers that are away: the job goes on without a restart.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::harness::{Case, Compare, Scenario, Stack, Value, generated, same, wait_for};
use e2e::oracle::answer;

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "what_a_server_refuses_goes_to_the_dead_letters",
        run: what_a_server_refuses_goes_to_the_dead_letters,
    },
    Scenario { name: "an_outage_is_no_failure", run: an_outage_is_no_failure },
];

const DEADLINE: Duration = Duration::from_secs(120);

const NOON: i64 = 1_514_808_000_000; // 2018-01-01T12:00 on the wall clock

/// District whose rows a check constraint of this test forbids.
const FORBIDDEN: u16 = 25;

fn what_a_server_refuses_goes_to_the_dead_letters(stack: &Stack) -> Result<()> {
    let case = Case::new(stack, "refused-rows", 1)?;
    // Postgres compresses what repeats, and takes it then
    let mut random = 1_u32;
    let long_type: String = (0..8_192)
        .map(|_| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b'A' + (random >> 24) as u8 % 26)
        })
        .collect();
    let mut crimes = Vec::new();
    let mut add = |count: usize, kind: &str, description: &str, district: u16| {
        for _ in 0..count {
            let id = crimes.len() + 1;
            crimes.push(BTreeMap::from(
                [
                    ("id", id.to_string()),
                    ("date", format!("2018-01-01T12:00:{:02}", id % 60)),
                    ("primary_type", kind.to_owned()),
                    ("description", description.to_owned()),
                    ("district", format!("{district:03}")),
                    ("arrest", "true".to_owned()),
                    ("domestic", "false".to_owned()),
                    ("latitude", "41.8".to_owned()),
                    ("longitude", "-87.6".to_owned()),
                ]
                .map(|(name, value)| (name.to_owned(), value)),
            ));
        }
        crimes.len()
    };
    add(20, "THEFT", "", 7);
    add(20, &long_type, "", 8);
    let immense = add(1, "THEFT", &"x".repeat(33_000), 9);
    add(20, "BATTERY", "", FORBIDDEN);
    add(20, "THEFT", "", 10);
    let values = crimes
        .iter()
        .map(|crime| {
            let bytes = Some(serde_json::to_vec(crime)?);
            Ok(Value { key: None, bytes, timestamp: NOON, partition: 0 })
        })
        .collect::<Result<Vec<_>>>()?;

    let constraint = format!(
        "ALTER TABLE crime_per_district_day ADD CONSTRAINT test CHECK (district <> {FORBIDDEN})"
    );
    stack.tables()?.owner().batch_execute(&constraint)?;
    let job = case.job().start();
    let done = job.and_then(|job| {
        stack.topics()?.send(&case.topic, &values)?;
        wait_for("the job has read it", DEADLINE, || {
            let committed = stack.topics()?.committed(&case.topic, &case.topic)?;
            Ok((committed >= i64::try_from(values.len())?).then_some(()))
        })?;
        let restarts = stack.cluster()?.restarts(&job)?;
        stack.cluster()?.stop(&job, true, DEADLINE)?;
        ensure!(restarts == 0, "{restarts} restarts");
        Ok(())
    });
    stack
        .tables()?
        .owner()
        .batch_execute("ALTER TABLE crime_per_district_day DROP CONSTRAINT test")?;
    done?;

    let mut answer = answer(&crimes, 14);
    let anomalies = answer.anomalies.len();
    answer.totals.retain(|(district, _), _| *district != FORBIDDEN);
    answer.anomalies.retain(|(kind, ..), _| *kind != long_type);
    answer.documents.remove(&u64::try_from(immense)?);
    answer.tables(&case)?;
    answer.documents(&case)?;

    let mut refused: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for letter in stack.topics()?.read(&case.rejected)? {
        let header = |name: &str| letter.headers.get(name).cloned().unwrap_or_default();
        let (reason, detail) = (header("reason"), header("detail"));
        let says = match reason.as_str() {
            "refused-by-elasticsearch" => "immense term",
            _ if header("table") == "crimes_anomaly" => "index row",
            _ => "check constraint \"test\"",
        };
        ensure!(detail.contains(says), "{reason} says nothing of {says}: {detail}");
        let value: serde_json::Value = serde_json::from_slice(&letter.value.context("no value")?)?;
        ensure!(value.is_object(), "{value} is no row or document");
        let key = letter.key.context("no key")?;
        refused.entry((reason, header("table") + &header("index"))).or_default().insert(key);
    }
    let counts: BTreeMap<_, _> =
        refused.iter().map(|(what, keys)| (what.clone(), keys.len())).collect();
    let postgres = |table: &str| ("refused-by-postgres".to_owned(), table.to_owned());
    let wanted = BTreeMap::from([
        (("refused-by-elasticsearch".to_owned(), case.index.clone()), 1),
        (postgres("crime_per_district_day"), 1),
        (postgres("crimes_anomaly"), anomalies - answer.anomalies.len()),
    ]);
    same("refused", &wanted, &counts)?;
    let day = format!("crime_per_district_day/{FORBIDDEN}/2018-01-01T00:00");
    let keys = &refused[&postgres("crime_per_district_day")];
    ensure!(keys.contains(&day), "no {day} but {keys:?}");
    let document = format!("{}/{immense}", case.index);
    ensure!(refused.values().any(|keys| keys.contains(&document)), "no {document}");
    Ok(())
}

/// A table that is locked, then both servers killed: with the default settings no restart, and nothing is missing. A third
/// of the records comes in each state of things, so that there is something to write.
fn an_outage_is_no_failure(stack: &Stack) -> Result<()> {
    let input =
        generated(stack, "outage.csv", &["--seed", "12", "--days", "30", "--order", "sorted"])?;
    let case = Case::new(stack, "waited-out", 2)?;
    let cluster = stack.cluster()?;
    let text = std::fs::read_to_string(&input.path)?;
    let lines: Vec<&str> = text.lines().collect();
    let (header, rows) = lines.split_first().context("an empty file")?;
    let mut thirds = rows.chunks(rows.len().div_ceil(3));
    let mut produce = || {
        let rows = thirds.next().context("no third is left")?;
        let path = stack.directory().join("third.csv");
        std::fs::write(&path, format!("{header}\n{}\n", rows.join("\n")))?;
        case.produce(&path)
    };
    let job = case.job().parallelism(2).start()?;
    let table = "postgres-crime_per_district_day";
    let index = format!("elasticsearch-{}", case.index);
    let retries = |operator: &str| -> Result<f64> {
        Ok(cluster.metric(&job, &format!("{operator}.retries"))?.unwrap_or_default())
    };
    let noticed = |operator: &str, before: f64| {
        wait_for(&format!("{operator} is tried again"), DEADLINE, || {
            Ok((retries(operator)? > before).then_some(()))
        })?;
        let checkpoints = cluster.checkpoints(&job)?;
        wait_for("checkpoints go on all the same", DEADLINE, || {
            Ok((cluster.checkpoints(&job)? > checkpoints).then_some(()))
        })
    };
    produce()?;
    wait_for("rows are written", DEADLINE, || {
        Ok((!stack.tables()?.totals()?.is_empty()).then_some(()))
    })?;

    let mut tables = stack.tables()?;
    let mut lock = tables.owner().transaction()?;
    lock.batch_execute("LOCK TABLE crime_per_district_day IN ACCESS EXCLUSIVE MODE")?;
    let before = retries(table)?;
    produce()?;
    noticed(table, before)?;
    lock.rollback()?;

    let before = (retries(table)?, retries(&index)?);
    stack.kill("postgres")?;
    stack.kill("elasticsearch")?;
    produce()?;
    noticed(table, before.0)?;
    noticed(&index, before.1)?;
    stack.start("postgres")?;
    stack.start("elasticsearch")?;
    wait_for("the job has read everything", DEADLINE, || {
        let committed = stack.topics()?.committed(&case.topic, &case.topic)?;
        Ok((committed >= i64::try_from(input.rows.len())?).then_some(()))
    })
    .with_context(|| cluster.exception(&job))?;
    let restarts = cluster.restarts(&job)?;
    let pages = cluster.all_pages(&job)?;
    ensure!(pages.contains("takes nothing at the moment"), "the logs are missing");
    ensure!(!pages.contains(stack.setting("PGPASSWORD")?), "Flink shows the password of Postgres");
    cluster.stop(&job, true, DEADLINE)?;
    ensure!(restarts == 0, "{restarts} restarts");
    input.answer().all(&case)
}
