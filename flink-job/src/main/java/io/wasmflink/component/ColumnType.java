package io.wasmflink.component;

/** Type of a column's values. The order is that of the native library. */
public enum ColumnType {
  /** {@link Long}. */
  INTEGER,
  /** {@link Double}. */
  REAL,
  /** {@link String}. */
  TEXT,
  /** {@link Boolean}. */
  BOOLEAN,
  /** {@link java.time.LocalDateTime}: a reading of a wall clock, without a zone. */
  TIMESTAMP
}
