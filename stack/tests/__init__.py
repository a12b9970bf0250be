"""Tests of the local stack. They need no server but PostgreSQL, which one of them starts for itself."""
