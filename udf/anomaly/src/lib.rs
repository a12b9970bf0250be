//! Component: anomalies per crime type and district.
