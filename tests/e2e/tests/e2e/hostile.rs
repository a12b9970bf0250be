//! The whole collection of hostile components in the real job: what is theirs is lost with a reason, all else counts, and
//! the job and the cluster go on.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use chrono::NaiveDateTime;
use e2e::harness::{Case, Received, Run, Scenario, Stack, Value, same};
use misdeeds::{Guest, KINDS, Kind, MARK, Outcome, said};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario { name: "hostile_aggregates_harm_themselves_only", run: aggregates },
    Scenario { name: "a_hostile_decoder_loses_marked_records_only", run: decoder },
    Scenario { name: "hostile_components_are_refused_at_submission", run: refused },
];

const NOON: i64 = 1_514_808_000_000; // 2018-01-01T12:00 on the wall clock
/// Records of each of two districts: more than wait in a window before they are merged.
const EACH: usize = 40;
const DISTRICTS: [u16; 2] = [4, 7];

/// Crimes of each district on that day.
type Counts = BTreeMap<(i32, NaiveDateTime), i32>;

fn midnight() -> NaiveDateTime {
    chrono::NaiveDate::default().and_time(chrono::NaiveTime::MIN) + chrono::Duration::days(17_532)
}

/// What a table of days has if `missing` records of each district do not count.
fn counts(missing: usize) -> Counts {
    let count = (EACH - missing) as i32;
    DISTRICTS.iter().map(|&district| ((i32::from(district), midnight()), count)).collect()
}

fn in_table(stack: &Stack, table: &str) -> Result<Counts> {
    let sql = format!("SELECT district, window_start, total_crimes FROM {table}");
    let rows = stack.tables()?.role().query(&sql, &[])?;
    Ok(rows.iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect())
}

fn kinds(wanted: fn(&Kind) -> bool) -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(move |kind| wanted(kind))
}

fn runs_as_aggregate(kind: &Kind) -> bool {
    matches!(kind.guest, Guest::Aggregate) && !matches!(kind.outcome, Outcome::Refused(_))
}

fn built(stack: &Stack, folder: &Path) -> Result<()> {
    let folder = folder.to_str().context("a path that is not text")?;
    let guests = ["--out", folder, "hostile-decoder", "hostile-aggregate"];
    stack.programs().componentize(&guests)?.run()?.success()?;
    Ok(())
}

fn value(bytes: String) -> Value {
    Value { key: None, bytes: Some(bytes.into_bytes()), timestamp: NOON, partition: 0 }
}

/// The dead letters of a component.
fn letters<'a>(all: &'a [Received], component: &str) -> Vec<&'a Received> {
    all.iter().filter(|one| header(one, "component") == component).collect()
}

fn header<'a>(letter: &'a Received, name: &str) -> &'a str {
    letter.headers.get(name).map_or("", String::as_str)
}

fn says(kind: &Kind, detail: &str, said: &str) -> Result<()> {
    // memory has to be touched to be taken, which takes time that a busy machine may not have
    let also = if kind.deed == "bomb" { "took longer than " } else { said };
    ensure!(
        detail.contains(said) || detail.contains(also),
        "{}: {detail:?} does not say {said:?}",
        kind.name
    );
    Ok(())
}

/// All of them in one job, beside the two aggregates that come along: every record is in some table of theirs.
fn aggregates(stack: &Stack) -> Result<()> {
    let out = tempfile::tempdir()?;
    built(stack, out.path())?;
    let component = out.path().join("hostile-aggregate.wasm");
    let component = component.to_str().context("a path that is not text")?;
    let case = Case::new(stack, "hostile-aggregates", 1)?;
    let mut values = Vec::new();
    for district in DISTRICTS {
        for i in 0..EACH {
            let id = usize::from(district) * 1000 + i;
            let mark = if i == EACH / 2 { MARK } else { "SIMPLE" };
            values.push(value(format!(
                r#"{{"ID":{id},"Date":"2018-01-01T12:00:00","Primary_Type":"THEFT","Description":"{mark}","District":"{district}"}}"#
            )));
        }
    }
    stack.topics()?.send(&case.topic, &values)?;
    // a record a batch: so many contributions are merged before the window ends
    let mut job = case.job().with("--batch-size", "1");
    for kind in kinds(runs_as_aggregate) {
        let table = table(kind);
        stack.tables()?.owner().batch_execute(&format!(
            "DROP TABLE IF EXISTS {table}; CREATE TABLE {table} (LIKE crime_per_district_day INCLUDING ALL); \
             GRANT SELECT, INSERT, UPDATE ON {table} TO crimes_job"
        ))?;
        job = job
            .with("--aggregate", &format!("{}={component}", kind.name))
            .with("--table", &format!("{}={table}", kind.name));
        for (name, value) in kind.settings() {
            job = job.with("--set", &format!("{}.{name}={value}", kind.name));
        }
    }
    job.run_to_the_end()?;

    let all = stack.topics()?.read(&case.rejected)?;
    for kind in kinds(runs_as_aggregate) {
        let (found, letters) = (in_table(stack, &table(kind))?, letters(&all, kind.name));
        let (missing, reason, expected, words) = match kind.outcome {
            Outcome::Rejected(said) => (1, "trap", DISTRICTS.len(), said),
            Outcome::Window(said) => (EACH, "window", DISTRICTS.len(), said),
            _ => (0, "", 0, ""),
        };
        let rows = if missing == EACH { Counts::new() } else { counts(missing) };
        same(kind.name, &rows, &found)?;
        ensure!(letters.len() == expected, "{}: {letters:#?}", kind.name);
        for letter in letters {
            ensure!(header(letter, "reason") == reason, "{}: {letter:?}", kind.name);
            says(kind, header(letter, "detail"), words)?;
        }
        stack.tables()?.owner().batch_execute(&format!("DROP TABLE {}", table(kind)))?;
    }
    same("crime_per_district_day", &counts(0), &in_table(stack, "crime_per_district_day")?)?;
    ensure!(stack.is_healthy(), "a server is down");
    Ok(())
}

fn table(kind: &Kind) -> String {
    format!("hostile_{}", kind.name.replace('-', "_"))
}

/// Every record says itself what is to be done with it.
fn decoder(stack: &Stack) -> Result<()> {
    let out = tempfile::tempdir()?;
    built(stack, out.path())?;
    let component = out.path().join("hostile-decoder.wasm");
    let component = component.to_str().context("a path that is not text")?;
    let case = Case::new(stack, "hostile-decoder", 1)?;
    let hostile = Vec::from_iter(kinds(|kind| matches!(kind.guest, Guest::Decoder)));
    let (mut values, mut at) = (Vec::new(), BTreeMap::new());
    for i in 0..EACH {
        for district in DISTRICTS {
            let line =
                |text: &str| value(format!("{} {NOON} {district} THEFT {text}", values.len()));
            let honest = line("STREET");
            values.push(honest);
        }
        if let Some(kind) = hostile.get(i) {
            at.insert(values.len().to_string(), *kind);
            values.push(value(format!("{} {NOON} 9 THEFT {}", values.len(), said(kind))));
        }
    }
    ensure!(at.len() == hostile.len(), "more kinds than records");
    stack.topics()?.send(&case.topic, &values)?;
    case.job().with("--decoder", component).with("--set", "decoder.on=said").run_to_the_end()?;

    let all = stack.topics()?.read(&case.rejected)?;
    let mut found = BTreeMap::new();
    for letter in &all {
        let offset = header(letter, "source-offset").to_owned();
        let kind = at.get(&offset).with_context(|| format!("an honest record: {letter:?}"))?;
        let Outcome::Rejected(words) = kind.outcome else { continue };
        says(kind, header(letter, "detail"), words)?;
        ensure!(header(letter, "component") == "decoder", "{letter:?}");
        found.insert(offset, header(letter, "reason").to_owned());
    }
    let expected = at.keys().map(|offset| (offset.clone(), "trap".to_owned())).collect();
    same("rejects by offset", &expected, &found)?;
    let mut expected = counts(0);
    // what only has no document counts
    let counted = hostile.iter().filter(|kind| kind.function == "documents").count();
    expected.insert((9, midnight()), counted as i32);
    same("crime_per_district_day", &expected, &in_table(stack, "crime_per_district_day")?)?;
    ensure!(stack.is_healthy(), "a server is down");
    Ok(())
}

fn refused(stack: &Stack) -> Result<()> {
    let out = tempfile::tempdir()?;
    built(stack, out.path())?;
    let case = Case::new(stack, "hostile-refused", 1)?;
    let cluster = stack.cluster()?;
    let jobs = cluster.jobs()?.len();
    let jar = cluster.upload(&stack.programs().jar()?)?;
    for kind in kinds(|kind| matches!(kind.outcome, Outcome::Refused(_))) {
        let Outcome::Refused(words) = kind.outcome else { continue };
        let component = match kind.guest {
            Guest::Text(text) => {
                let path = out.path().join("text.wasm");
                std::fs::write(&path, wat::parse_str(text)?)?;
                path
            }
            _ => out.path().join("hostile-aggregate.wasm"),
        };
        let component = component.to_str().context("a path that is not text")?;
        let mut job = case
            .job()
            .with("--aggregate", &format!("hostile={component}"))
            .with("--table", "hostile=crime_per_district_day");
        for (name, value) in kind.settings() {
            job = job.with("--set", &format!("hostile.{name}={value}"));
        }
        match job.start_over_rest(&jar) {
            Ok(id) => anyhow::bail!("{} runs as {id}", kind.name),
            Err(error) => says(kind, &format!("{error:#}"), words)?,
        }
        ensure!(cluster.jobs()?.len() == jobs, "{} left a job", kind.name);
    }
    Ok(())
}
