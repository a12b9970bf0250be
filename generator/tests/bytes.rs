//! The same settings give the same bytes everywhere, and the same rows in every order.

#![allow(
    clippy::unwrap_used,
    reason = "clippy.toml allows it in tests, and means only functions marked as such"
)]

use std::collections::{HashMap, HashSet};

use crime_generator::{Date, Dialect, Generator, Order, Record, Settings, Share, write_labels};
use sha2::{Digest, Sha256};

fn settings() -> Settings {
    Settings { days: 3, anomalies: 2, ..Settings::default() }
}

fn csv(generator: &Generator, dialect: Dialect, order: Order) -> Vec<u8> {
    let mut out = Vec::new();
    dialect.write_header(&mut out);
    generator.rows(order).for_each(|record| dialect.write_row(&record, &mut out));
    out
}

/// What this pins is a promise to users: a changed digest is a change that the changelog names.
#[test]
fn the_bytes_are_pinned() {
    let generator = Generator::new(settings()).unwrap();
    let digest = |bytes: &[u8]| {
        Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let mut labels = Vec::new();
    write_labels(generator.episodes(), &mut labels).unwrap();
    let found = [
        digest(&csv(&generator, Dialect::Portal, Order::Sorted)),
        digest(&csv(&generator, Dialect::Underscored, Order::Portal)),
        digest(&csv(&generator, Dialect::Api, Order::Shuffled)),
        digest(&labels),
    ];
    let pinned = [
        "893abc0c6c2b9ee003a6077102f66fafff24b97e6bd4d9dafc914ece00d0f060",
        "e2b91528dfca3fe893c9985a98fcfe629068392701b417cf650751b1bdf54fda",
        "470441d9588a7edbb5a227e5d8ce6abea35ac85dc8958bbd1362e06b45a4c951",
        "55e2135ace43b2a83b5d4cf5d1c53c01441a94fcb61176a6c7a08f293839a498",
    ];
    assert_eq!(found, pinned);
}

#[test]
fn another_seed_makes_another_city() {
    let of = |seed| {
        let generator = Generator::new(Settings { seed, ..settings() }).unwrap();
        csv(&generator, Dialect::Portal, Order::Sorted)
    };
    assert!(of(1) == of(1));
    assert!(of(1) != of(2));
}

#[test]
fn every_order_has_the_same_rows() {
    let generator = Generator::new(settings()).unwrap();
    let sorted: Vec<Record> = generator.rows(Order::Sorted).collect();
    assert_eq!(sorted.len() as u64, generator.count());
    assert!(sorted.is_sorted_by_key(|record| record.date));
    let mut portal: Vec<Record> = generator.rows(Order::Portal).collect();
    portal.reverse();
    assert!(portal == sorted);
    let mut shuffled: Vec<Record> = generator.rows(Order::Shuffled).collect();
    let descents = shuffled.windows(2).filter(|pair| pair[0].date > pair[1].date).count();
    assert!((40..=60).contains(&(descents * 100 / shuffled.len())), "{descents} descents");
    let key = |record: &Record| (record.date, record.id, record.updated_on);
    let mut sorted = sorted;
    sorted.sort_by_key(key);
    shuffled.sort_by_key(key);
    assert!(shuffled == sorted);
}

#[test]
fn a_day_alone_has_the_records_that_it_has_in_its_year() {
    let year = Settings { days: 40, anomalies: 0, ..Settings::default() };
    let day = Settings { from: Date::new(2023, 2, 3).unwrap(), days: 1, ..year.clone() };
    let alone: Vec<Record> = Generator::new(day).unwrap().rows(Order::Sorted).collect();
    let first = alone[0].date;
    let of_year: Vec<Record> = Generator::new(year)
        .unwrap()
        .rows(Order::Sorted)
        .filter(|record| (first - first % 86_400..).contains(&record.date))
        .filter(|record| record.date < first - first % 86_400 + 86_400)
        .collect();
    assert!(alone.len() > 500);
    assert!(alone == of_year);
}

/// Every row in every dialect is what a CSV reader makes of it: 22 fields, and the same ones.
#[test]
fn the_dialects_are_the_same_data() {
    let generator = Generator::new(Settings { days: 2, ..settings() }).unwrap();
    let read = |dialect| {
        let bytes = csv(&generator, dialect, Order::Sorted);
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        let names: Vec<String> = reader
            .headers()
            .unwrap()
            .iter()
            .map(|name| name.to_lowercase().replace(' ', "_"))
            .collect();
        assert_eq!(names.len(), 22);
        reader
            .records()
            .map(|row| {
                let row = row.unwrap();
                names.iter().cloned().zip(row.iter().map(str::to_owned)).collect()
            })
            .collect::<Vec<HashMap<String, String>>>()
    };
    let (portal, underscored, api) =
        (read(Dialect::Portal), read(Dialect::Underscored), read(Dialect::Api));
    assert!(portal == underscored);
    assert_eq!(portal.len(), api.len());
    for (portal, api) in portal.iter().zip(&api) {
        for (name, value) in portal {
            if name == "date" || name == "updated_on" {
                assert_eq!(&api[name], &iso(value));
            } else {
                assert_eq!(&api[name], value, "{name}");
            }
        }
    }
}

/// `01/31/2023 06:05:00 PM` in the API's spelling.
fn iso(portal: &str) -> String {
    let hour: u32 = portal[11..13].parse().unwrap();
    let hour = hour % 12 + if portal.ends_with("PM") { 12 } else { 0 };
    format!(
        "{}-{}-{}T{hour:02}{}.000",
        &portal[6..10],
        &portal[..2],
        &portal[3..5],
        &portal[13..19]
    )
}

#[test]
fn the_faults_are_there_in_their_shares() {
    let settings = Settings {
        days: 60,
        anomalies: 0,
        missing_coordinates: Share::per_million(20_000),
        missing_district: Share::per_million(10_000),
        corrections: Share::per_million(30_000),
        ..Settings::default()
    };
    let generator = Generator::new(settings).unwrap();
    let mut first: HashMap<u64, Record> = HashMap::new();
    let (mut places, mut districts, mut corrections) = (0, 0, 0);
    for record in generator.rows(Order::Sorted) {
        if let Some(original) = first.get(&record.id) {
            corrections += 1;
            assert!(record.updated_on > original.updated_on);
            assert_eq!(record.date, original.date);
            let same = Record { updated_on: original.updated_on, ..record.clone() };
            assert!(same != *original, "nothing is corrected in {record:?}");
            continue;
        }
        places += usize::from(record.position.is_none());
        districts += usize::from(record.district.is_none());
        first.insert(record.id, record);
    }
    let per_million = |count: usize| count * 1_000_000 / first.len();
    assert!((17_000..23_000).contains(&per_million(places)), "{}", per_million(places));
    assert!((8_000..12_000).contains(&per_million(districts)), "{}", per_million(districts));
    assert!((28_000..32_000).contains(&per_million(corrections)), "{}", per_million(corrections));
    let cases: HashSet<u64> = first.keys().copied().collect();
    assert_eq!(cases.len(), first.len());
}

#[test]
fn no_faults_where_none_are_wanted() {
    let none = Share::per_million(0);
    let settings = Settings {
        missing_coordinates: none,
        missing_district: none,
        corrections: none,
        ..settings()
    };
    let generator = Generator::new(settings).unwrap();
    let mut ids = HashSet::new();
    for record in generator.rows(Order::Sorted) {
        assert!(record.position.is_some() && record.district.is_some());
        assert!(ids.insert(record.id));
    }
}

/// The rule of the job, over windows of 5 hours that begin every half hour: more than 14 crimes. IDs count, not rows.
#[test]
fn every_planted_anomaly_passes_the_rule_and_its_label_is_true() {
    let settings = Settings { days: 30, anomalies: 20, ..Settings::default() };
    let generator = Generator::new(settings.clone()).unwrap();
    let without = Generator::new(Settings { anomalies: 0, ..settings }).unwrap();
    let natural: HashSet<u64> = without.rows(Order::Sorted).map(|record| record.id).collect();
    let rows: Vec<Record> = generator.rows(Order::Sorted).collect();
    let planted = rows.iter().filter(|record| !natural.contains(&record.id)).count();
    let labelled: u32 = generator.episodes().iter().map(|episode| episode.count).sum();
    assert_eq!(planted, labelled as usize);
    for episode in generator.episodes() {
        let of_episode = |record: &&Record| {
            record.primary_type == episode.primary_type
                && record.district == Some(episode.district)
                && (episode.start..episode.end).contains(&record.date)
        };
        let added = rows.iter().filter(of_episode).filter(|it| !natural.contains(&it.id)).count();
        assert!(added >= episode.count as usize, "{added} of {episode:?}");
        let window = episode.start - episode.start % 1800;
        assert!(episode.end <= window + 5 * 3600);
        let in_window = rows.iter().filter(of_episode).map(|record| record.id);
        assert!(in_window.collect::<HashSet<u64>>().len() > 14);
    }
}
