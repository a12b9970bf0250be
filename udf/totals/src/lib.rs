//! Component: totals per district and day.
