//! What is no component of this contract is refused with what was found and what was expected.

use crate::support::guest;
use component_host::{Code, Error, Limits, Source, describe_aggregate, describe_decoder};

fn loaded(wasm: &[u8], as_decoder: bool) -> Error {
    let source = Source { slot: "strange".to_owned(), wasm: wasm.to_vec(), settings: Vec::new() };
    let error = if as_decoder {
        describe_decoder(&source, Limits::default()).map(drop).unwrap_err()
    } else {
        describe_aggregate(&source, Limits::default()).map(drop).unwrap_err()
    };
    assert_eq!(error.code, Code::Contract, "{error}");
    assert!(error.message.starts_with("component strange"), "{error}");
    error
}

fn says(error: &Error, all: &[&str]) {
    for said in all {
        assert!(error.message.contains(said), "{error} should say {said}");
    }
}

#[test]
fn files_that_are_no_components() {
    let real = guest("totals");
    says(&loaded(b"", false), &["0 bytes that do not begin with \\0asm"]);
    says(&loaded(b"PK\x03\x04 a zip file", false), &["is no WASM component"]);
    says(&loaded(&real[..real.len() / 2], false), &["cannot be compiled"]);
    says(
        &loaded(&real[..8], false),
        &["exports nothing; this host speaks crimes:udf/windowed-aggregate@1.1.0"],
    );
    let mut broken = real.clone();
    broken[real.len() / 2..].fill(0xff);
    says(&loaded(&broken, false), &["cannot be compiled"]);
    let module = wat::parse_str("(module)").unwrap();
    says(&loaded(&module, false), &["is a core WASM module, not a component", "componentize"]);
}

#[test]
fn a_component_of_the_other_world() {
    let error = loaded(&guest("decoder"), false);
    says(
        &error,
        &["crimes:udf/decoding@1.1.0", "this host speaks crimes:udf/windowed-aggregate@1.1.0"],
    );
    let error = loaded(&guest("anomaly"), true);
    says(
        &error,
        &["crimes:udf/windowed-aggregate@1.1.0", "this host speaks crimes:udf/decoding@1.1.0"],
    );
}

#[test]
fn a_component_of_another_version() {
    let component = wat::parse_str(
        r#"(component
            (component $nothing)
            (instance $i (instantiate $nothing))
            (export "crimes:udf/decoding@2.0.0" (instance $i)))"#,
    )
    .unwrap();
    says(
        &loaded(&component, true),
        &["exports crimes:udf/decoding@2.0.0; this host speaks crimes:udf/decoding@1.1.0"],
    );
}

#[test]
fn the_right_name_with_other_types() {
    let component = wat::parse_str(
        r#"(component
            (core module $m (func (export "configure") (result i32) (i32.const 0)))
            (core instance $m (instantiate $m))
            (func $configure (result u32) (canon lift (core func $m "configure")))
            (instance $i (export "configure" (func $configure)))
            (export "crimes:udf/decoding@1.1.0" (instance $i)))"#,
    )
    .unwrap();
    says(
        &loaded(&component, true),
        &["exports crimes:udf/decoding@1.1.0 with other types than this host's"],
    );
}

#[test]
fn a_component_that_wants_something_of_the_host() {
    let component = wat::parse_str(
        r#"(component
            (import "wasi:clocks/monotonic-clock@0.2.0" (instance (export "now" (func (result u64)))))
            (import "disk" (func))
            (component $nothing)
            (instance $i (instantiate $nothing))
            (export "crimes:udf/decoding@1.1.0" (instance $i)))"#,
    )
    .unwrap();
    says(
        &loaded(&component, true),
        &["imports wasi:clocks/monotonic-clock@0.2.0, disk; this host gives components nothing"],
    );
}

/// What the compiler would be busy with for long is not given to it.
#[test]
fn a_component_that_is_too_large() {
    let module =
        |content: &str| wat::parse_str(format!("(component (core module {content}))")).unwrap();
    let long = module(&format!("(func {})", "i32.const 0 drop ".repeat(200_000)));
    says(&loaded(&long, false), &["has a function of 600", "bytes, at most 524288 are taken"]);
    let many = module(&"(func)".repeat(100_001));
    says(&loaded(&many, false), &["has more than 100000 functions"]);
    let globals = module(&"(global i32 i32.const 0)".repeat(10_001));
    says(&loaded(&globals, false), &["has 10001 globals, at most 10000 are taken"]);
    let mut fat = guest("totals");
    fat.resize(33 << 20, 0);
    says(&loaded(&fat, false), &["has 34603008 bytes, at most 33554432 are taken"]);
}
