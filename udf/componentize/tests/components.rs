//! The three components are closed: they import nothing, and they are small.
#![allow(clippy::unwrap_used, reason = "tests: a panic is a failure")]

use std::path::Path;
use wasmparser::{Parser, Payload};

/// Names that a component imports and exports at its outermost level.
fn surface(path: &Path) -> (Vec<String>, Vec<String>) {
    let bytes = std::fs::read(path).unwrap();
    let (mut imports, mut exports, mut depth) = (Vec::new(), Vec::new(), 0);
    for payload in Parser::new(0).parse_all(&bytes) {
        match payload.unwrap() {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 0 => {
                imports.extend(section.into_iter().map(|i| i.unwrap().name.name.to_owned()));
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                exports.extend(section.into_iter().map(|e| e.unwrap().name.name.to_owned()));
            }
            _ => {}
        }
    }
    (imports, exports)
}

#[test]
fn components_import_nothing_and_are_small() {
    let out = tempfile::tempdir().unwrap();
    let built = componentize::build(&["decoder", "totals", "anomaly"], out.path()).unwrap();
    for (path, interface) in
        built.iter().zip(["decoding", "windowed-aggregate", "windowed-aggregate"])
    {
        let (imports, exports) = surface(path);
        assert_eq!(imports, Vec::<String>::new(), "{}", path.display());
        assert!(exports.contains(&format!("crimes:udf/{interface}@1.1.0")), "{exports:?}");
        let size = std::fs::metadata(path).unwrap().len();
        assert!(size < 300_000, "{} has {size} bytes", path.display());
    }
}

#[test]
fn what_is_no_guest_is_said() {
    let out = tempfile::tempdir().unwrap();
    let error = componentize::build(&["crime-core"], out.path()).unwrap_err();
    assert!(format!("{error:#}").contains("crime-core is no cdylib"), "{error:#}");
    let error = componentize::build(&["no-such-guest"], out.path()).unwrap_err();
    assert!(format!("{error:#}").contains("no-such-guest"), "{error:#}");
}
