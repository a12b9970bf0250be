//! Component: anomalies per crime type and district. The logic is `crime_core::anomaly`; nothing here but its export.
#![allow(unsafe_code, reason = "the exports that the contract's macro generates")]

aggregate_guest::export_aggregate!(crime_core::anomaly::Rule);
