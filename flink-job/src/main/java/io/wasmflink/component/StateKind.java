package io.wasmflink.component;

/** Which state of an aggregate. The order is that of the native library. */
public enum StateKind {
  /** What a window holds. */
  ACCUMULATOR,
  /** What a key keeps beyond its windows. */
  HISTORY
}
