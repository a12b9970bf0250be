//! A component is compiled once a process, whoever loads it and how often.

use crate::support::guest;
use component_host::{Aggregate, Limits, Source, compilations, describe_aggregate};

#[test]
fn the_same_bytes_are_compiled_once() {
    // other tests of this process compile too, so it is done with bytes that only this test has
    let mut wasm = guest("totals");
    // a custom section, ignored by everyone: id 0, size, name
    wasm.extend_from_slice(b"\x00\x06\x05cache");
    let unique = Source { slot: "one".to_owned(), wasm, settings: Vec::new() };
    let other = Source { slot: "two".to_owned(), ..unique.clone() };
    let before = compilations(&unique.wasm);
    assert_eq!(before, 0);
    describe_aggregate(&unique, Limits::default()).unwrap();
    let mut held: Vec<Aggregate> = Vec::new();
    std::thread::scope(|scope| {
        let open = || Aggregate::new(&other, Limits::default()).unwrap();
        let threads = Vec::from_iter((0..4).map(|_| scope.spawn(open)));
        held.extend(threads.into_iter().map(|thread| thread.join().unwrap()));
    });
    assert_eq!(compilations(&unique.wasm), 1);
    drop(held);
    describe_aggregate(&other, Limits::default()).unwrap();
    assert_eq!(compilations(&unique.wasm), 1, "what was compiled stays");
}
