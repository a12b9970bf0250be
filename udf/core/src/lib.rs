//! The domain logic of the crime stream: records, decoding, totals, anomaly rule. Pure Rust.
