//! The bridge between the JVM and the component host.
