//! Generated crimes beside real ones of the same months: shares of types and districts, and the hours of the week.
//!
//! The real ones lie beside the project if at all; they are not the project's to publish.

#![allow(
    clippy::unwrap_used,
    reason = "clippy.toml allows it in tests, and means only functions marked as such"
)]

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use crime_generator::{Date, Dialect, Generator, Order, Settings};
use flate2::read::GzDecoder;

/// How often what is, in rows of one source.
#[derive(Default)]
struct Profile {
    rows: f64,
    types: BTreeMap<String, f64>,
    districts: BTreeMap<String, f64>,
    hours: Vec<f64>,
    arrests: BTreeMap<String, f64>,
    domestic: BTreeMap<String, f64>,
    without_position: f64,
}

impl Profile {
    fn of(input: impl std::io::Read) -> Self {
        let mut profile = Self { hours: vec![0.0; 168], ..Self::default() };
        for row in csv::Reader::from_reader(input).records() {
            let row = row.unwrap();
            let (date, kind) = (&row[2], row[5].to_owned());
            let number = |range: std::ops::Range<usize>| date[range].parse::<u32>().unwrap();
            let day = Date::new(number(6..10) as i32, number(0..2), number(3..5)).unwrap();
            let hour = number(11..13) % 12 + if date.ends_with("PM") { 12 } else { 0 };
            profile.rows += 1.0;
            profile.hours[((day.days() + 3) % 7) as usize * 24 + hour as usize] += 1.0;
            *profile.arrests.entry(kind.clone()).or_default() += f64::from(&row[8] == "true");
            *profile.domestic.entry(kind.clone()).or_default() += f64::from(&row[9] == "true");
            *profile.types.entry(kind).or_default() += 1.0;
            *profile.districts.entry(row[11].to_owned()).or_default() += 1.0;
            profile.without_position += f64::from(row[19].is_empty());
        }
        profile
    }

    fn percent(&self, of: &BTreeMap<String, f64>, key: &str) -> f64 {
        100.0 * of.get(key).copied().unwrap_or_default() / self.rows
    }

    /// Of this type, the percentage in `of`.
    fn within(&self, of: &BTreeMap<String, f64>, kind: &str) -> f64 {
        100.0 * of.get(kind).copied().unwrap_or_default() / self.types[kind]
    }
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let covariance: f64 = a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum();
    let deviation =
        |of: &[f64], mean: f64| of.iter().map(|it| (it - mean).powi(2)).sum::<f64>().sqrt();
    covariance / (deviation(a, mean_a) * deviation(b, mean_b))
}

#[test]
fn generated_crimes_are_like_real_ones() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/crimes-2018.csv.gz");
    let Ok(file) = File::open(&path) else {
        println!("skipped: there are no real crimes to compare with ({})", path.display());
        return;
    };
    let real = Profile::of(GzDecoder::new(file));
    // the file ends early on 8 August
    let from = Date::new(2018, 1, 1).unwrap();
    let settings = Settings { seed: 42, from, days: 220, anomalies: 7, ..Settings::default() };
    let generator = Generator::new(settings).unwrap();
    let mut csv = Vec::new();
    Dialect::Portal.write_header(&mut csv);
    generator.rows(Order::Sorted).for_each(|record| Dialect::Portal.write_row(&record, &mut csv));
    let made = Profile::of(csv.as_slice());

    println!("{:<34} {:>9} {:>9}", "", "generated", "real");
    println!("{:<34} {:>9} {:>9}", "rows", made.rows, real.rows);
    assert!((made.rows / real.rows - 1.0).abs() < 0.05);

    let mut top: Vec<(&String, &f64)> = real.types.iter().collect();
    top.sort_by(|a, b| b.1.total_cmp(a.1));
    for (kind, _) in top.iter().take(16) {
        let (a, b) = (made.percent(&made.types, kind), real.percent(&real.types, kind));
        println!("{kind:<34} {a:>8.2}% {b:>8.2}%");
        assert!((a - b).abs() < 0.1 * b + 0.1, "{kind}");
        let (a, b) = (made.within(&made.arrests, kind), real.within(&real.arrests, kind));
        println!("{:<34} {a:>8.2}% {b:>8.2}%", "  with an arrest");
        assert!((a - b).abs() < 0.15 * b + 4.0, "arrests of {kind}");
        let (a, b) = (made.within(&made.domestic, kind), real.within(&real.domestic, kind));
        println!("{:<34} {a:>8.2}% {b:>8.2}%", "  domestic");
        assert!((a - b).abs() < 0.15 * b + 4.0, "domestic {kind}");
    }
    for district in real.districts.keys().filter(|code| !code.is_empty()) {
        let (a, b) =
            (made.percent(&made.districts, district), real.percent(&real.districts, district));
        println!("district {district:<25} {a:>8.2}% {b:>8.2}%");
        assert!((a - b).abs() < 0.1 * b + 0.1, "district {district}");
    }
    let unknown: Vec<&String> =
        made.districts.keys().filter(|code| !real.districts.contains_key(*code)).collect();
    assert!(unknown.is_empty(), "districts {unknown:?}");
    let correlation = correlation(&made.hours, &real.hours);
    println!("hours of the week: correlation {correlation:.4}");
    assert!(correlation > 0.98);
    println!("without coordinates: {:.2}% generated", 100.0 * made.without_position / made.rows);
    assert!((0.8..1.2).contains(&(100.0 * made.without_position / made.rows)));
}
