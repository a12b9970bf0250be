//! Runs components: engine, limits, contract check, batches. Knows no JVM.
