//! End-to-end scenarios on real servers.
fn main() {}
