//! Component: totals per district and day. The logic is `crime_core::totals`; nothing here but its export.
#![allow(unsafe_code, reason = "the exports that the contract's macro generates")]

aggregate_guest::export_aggregate!(crime_core::totals::PerDistrictDay);
