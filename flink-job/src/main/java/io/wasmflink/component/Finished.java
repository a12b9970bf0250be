package io.wasmflink.component;

import java.time.LocalDateTime;
import java.time.ZoneOffset;

/** What a window that is over gave. */
public final class Finished {
  private static final int NULL = 0;
  private static final int INTEGER = 1;
  private static final int REAL = 2;
  private static final int TEXT = 3;
  private static final int BOOLEAN = 4;
  private static final int TIMESTAMP = 5;

  private final byte[] history;
  private final Object[] row;

  Finished(Frame frame) {
    history = frame.nextBytes();
    int count = frame.nextInt();
    row = count < 0 ? null : new Object[count];
    for (int i = 0; i < count; i++) {
      row[i] = value(frame);
    }
  }

  /**
   * One value a column, each a Long, Double, String, Boolean, LocalDateTime or null; null where the
   * window gives no row.
   */
  public Object[] row() {
    return row;
  }

  /** What to keep for the key; empty for nothing. */
  public byte[] history() {
    return history;
  }

  private static Object value(Frame frame) {
    int kind = frame.nextByte();
    switch (kind) {
      case NULL:
        return null;
      case INTEGER:
        return frame.nextLong();
      case REAL:
        return Double.longBitsToDouble(frame.nextLong());
      case TEXT:
        return frame.nextText();
      case BOOLEAN:
        return frame.nextBoolean();
      case TIMESTAMP:
        return wallClock(frame.nextLong());
      default:
        throw ComponentException.wrong("The native library gave a value of unknown kind " + kind);
    }
  }

  /** The reading of the wall clock: no zone takes part, UTC only turns milliseconds into fields. */
  private static LocalDateTime wallClock(long millis) {
    int nanos = (int) Math.floorMod(millis, 1_000L) * 1_000_000;
    return LocalDateTime.ofEpochSecond(Math.floorDiv(millis, 1_000L), nanos, ZoneOffset.UTC);
  }
}
