//! End-to-end tests on real servers, with a brute-force answer key.
