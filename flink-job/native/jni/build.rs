//! Marks the library as one that stays.

fn main() {
    // The dynamic loader never unmaps a library with this mark. The JVM closes a library when the class loader that
    // loaded it is collected, and wasmtime's signal handlers and threads must outlive that.
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    println!("cargo::rerun-if-changed=build.rs");
}
