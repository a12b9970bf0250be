//! Seeded, realistic crime records with planted anomalies and a label file.
