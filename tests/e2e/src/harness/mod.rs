//! Servers, programs and what they leave.
