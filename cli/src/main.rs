//! The one command a user meets.

fn main() {}
