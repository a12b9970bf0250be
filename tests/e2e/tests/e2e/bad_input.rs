//! Values that nobody should send: each is rejected with its reason and place, and all others count.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use e2e::harness::{Case, Scenario, Stack, Value, same};
use e2e::oracle::{answer, read_text};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "bad_values_are_rejected_with_their_place",
        run: bad_values_are_rejected_with_their_place,
    },
    Scenario {
        name: "what_keeps_the_job_from_starting_is_said",
        run: what_keeps_the_job_from_starting_is_said,
    },
];

const NOON: i64 = 1_514_808_000_000; // 2018-01-01T12:00 on the wall clock

fn crime(id: u32, change: &[(&str, &str)]) -> String {
    let mut fields = BTreeMap::from([
        ("ID", format!("\"{id}\"")),
        ("Date", "\"2018-01-01T12:00:00\"".to_owned()),
        ("Primary_Type", "\"THEFT\"".to_owned()),
        ("District", "\"007\"".to_owned()),
        ("Arrest", "\"true\"".to_owned()),
        ("Domestic", "\"false\"".to_owned()),
        ("Latitude", "\"41.8\"".to_owned()),
        ("Longitude", "\"-87.6\"".to_owned()),
    ]);
    for (name, value) in change {
        fields.insert(name, (*value).to_owned());
    }
    let fields: Vec<String> =
        fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", fields.join(","))
}

fn bad_values_are_rejected_with_their_place(stack: &Stack) -> Result<()> {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let garbage: Vec<u8> =
        (0..1_000_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let bad: Vec<(Option<Vec<u8>>, &str)> = vec![
        (None, "empty-value"),
        (Some(Vec::new()), "empty-value"),
        (Some(b"not JSON".to_vec()), "malformed-json"),
        (Some(b"{\"ID\":".to_vec()), "malformed-json"),
        (Some(b"[1,2]".to_vec()), "not-an-object"),
        (Some(b"{\"ID\":\"\xff\"}".to_vec()), "invalid-utf8"),
        (Some(deep.into_bytes()), "not-an-object"),
        (
            Some(
                format!("{{\"x\":{}1{}}}", "{\"a\":".repeat(50_000), "}".repeat(50_000))
                    .into_bytes(),
            ),
            "missing-id",
        ),
        (Some(garbage), "invalid-utf8"),
        (Some(vec![b' '; 1_048_577]), "too-large"),
        (Some(crime(101, &[("ID", "\"\"")]).into_bytes()), "missing-id"),
        (Some(crime(102, &[("ID", "\"JB1\"")]).into_bytes()), "invalid-id"),
        (Some(crime(103, &[("Date", "null")]).into_bytes()), "missing-date"),
        (Some(crime(104, &[("Date", "\"31.12.2018\"")]).into_bytes()), "invalid-date"),
        (Some(crime(105, &[("District", "\"\"")]).into_bytes()), "missing-district"),
        (Some(crime(106, &[("District", "\"abc\"")]).into_bytes()), "invalid-district"),
        (Some(crime(107, &[("District", "-1")]).into_bytes()), "invalid-district"),
        (Some(crime(108, &[("District", "999999")]).into_bytes()), "invalid-district"),
        (Some(crime(109, &[("Primary_Type", "\"\"")]).into_bytes()), "missing-type"),
        (Some(crime(110, &[("Arrest", "\"perhaps\"")]).into_bytes()), "invalid-flag"),
    ];
    let good = [
        crime(1, &[]),
        crime(2, &[("Latitude", "0"), ("Longitude", "0")]),
        crime(3, &[("Latitude", "91"), ("Longitude", "181")]),
        crime(4, &[("District", "7"), ("Unknown", "{\"deep\":[1,{}]}")]),
        crime(5, &[("Latitude", "null")]),
    ];
    let value = |bytes| Value { key: None, bytes, timestamp: NOON, partition: 0 };
    let mut values = Vec::new();
    let mut expected = Vec::new();
    for (index, (bytes, reason)) in bad.iter().enumerate() {
        values.push(value(Some(good[index % good.len()].clone().into_bytes())));
        expected.push((i64::try_from(values.len())?, *reason, bytes.clone()));
        values.push(value(bytes.clone()));
    }
    for batch in ["1", "7", "4096"] {
        let case = Case::new(stack, &format!("bad-{batch}"), 1)?;
        stack.topics()?.send(&case.topic, &values)?;
        case.job().with("--batch-size", batch).run_to_the_end()?;
        check(stack, &case, &expected).with_context(|| format!("batches of {batch}"))?;
    }
    Ok(())
}

fn check(stack: &Stack, case: &Case<'_>, expected: &[(i64, &str, Option<Vec<u8>>)]) -> Result<()> {
    let letters = stack.topics()?.dead_letters(&case.rejected)?;
    let place =
        |(offset, reason, _): &(i64, &str, Option<Vec<u8>>)| (*offset, (*reason).to_owned());
    let wanted: BTreeMap<i64, String> = expected.iter().map(place).collect();
    let found: BTreeMap<i64, String> =
        letters.iter().map(|one| (one.place.2, one.reason.clone())).collect();
    same("rejects by offset", &wanted, &found)?;
    for (offset, reason, bytes) in expected {
        let letter = letters.iter().find(|one| one.place.2 == *offset).context("just compared")?;
        ensure!(
            letter.place.0 == case.topic && letter.place.1 == 0,
            "{reason} says it is from {:?}",
            letter.place
        );
        ensure!(
            letter.value == *bytes,
            "the bytes of {reason} at offset {offset} are not those that were sent"
        );
    }
    // what is without district or type is on the map all the same: 1 and 4 of the good ones, 105 to 109 of the bad ones
    let header = "id,date,primary_type,district,arrest,domestic,latitude,longitude";
    let rest = "2018-01-01T12:00:00,THEFT,7,true,false";
    let rows = read_text(&format!(
        "{header}\n1,{rest},41.8,-87.6\n2,{rest},,\n3,{rest},,\n4,{rest},41.8,-87.6\n5,{rest},,\n"
    ))?;
    let answer = answer(&rows, 14);
    same("crime_per_district_day", &answer.totals, &stack.tables()?.totals()?)?;
    let documents = stack.index(&case.index)?.documents()?;
    let ids: Vec<u64> = documents.keys().copied().collect();
    ensure!(ids == [1, 4, 105, 106, 107, 108, 109], "documents {ids:?}");
    Ok(())
}

/// `flink run` with a mistake ends with a sentence and without a job.
fn what_keeps_the_job_from_starting_is_said(stack: &Stack) -> Result<()> {
    let case = Case::new(stack, "refused", 1)?;
    let components = tempfile::tempdir()?;
    let no_component = components.path().join("text.wasm");
    std::fs::write(&no_component, "this is no component")?;
    let no_component = no_component.to_str().context("a path that is not text")?.to_owned();
    for (flags, says) in [
        (vec!["--no-such-flag"], "--no-such-flag"),
        (vec!["--batch-sise", "10"], "--batch-size"),
        (vec!["--batch-size", "many"], "65536"),
        (vec!["--topic", "no-such-topic"], "no-such-topic"),
        (vec!["--table", "totals=no_such_table"], "no_such_table"),
        (vec!["--table", "totals=crimes_anomaly"], "crimes_anomaly"),
        (vec!["--set", "anomaly.threshold=many"], "threshold"),
        (vec!["--set", "anomaly.limit=1"], "limit"),
        (vec!["--decoder", &no_component], "no WASM component"),
        (vec!["--aggregate", "totals=classpath:/components/decoder.wasm"], "windowed-aggregate"),
        (vec!["--kafka-bootstrap", "127.0.0.1:1"], "127.0.0.1:1"),
        (vec!["--elasticsearch-url", "http://127.0.0.1:1"], "127.0.0.1:1"),
        (vec!["--postgres-url", "jdbc:postgresql://127.0.0.1:1/crime_db"], "127.0.0.1:1"),
    ] {
        let before = stack.cluster()?.jobs()?.len();
        let mut job = case.job();
        for pair in flags.chunks(2) {
            job = job.with_all(pair);
        }
        let output = job.submit()?.failure().with_context(|| format!("{flags:?}"))?;
        let said = format!("{}{}", output.stdout, output.stderr);
        ensure!(said.contains(says), "{flags:?} says nothing of {says}:\n{said}");
        ensure!(stack.cluster()?.jobs()?.len() == before, "{flags:?} left a job");
    }
    let help = case.job().with_all(&["--help"]).submit()?.success()?;
    for flag in ["--topic", "--batch-size", "--out-of-orderness", "--aggregate", "JOB_BATCH_SIZE"] {
        ensure!(help.stdout.contains(flag), "--help says nothing of {flag}:\n{}", help.stdout);
    }
    Ok(())
}
