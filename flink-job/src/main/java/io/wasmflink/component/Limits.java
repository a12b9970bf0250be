package io.wasmflink.component;

import java.io.Serializable;
import java.time.Duration;

/** What one instance of a component may use. */
public final class Limits implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final long DEFAULT_MEMORY_BYTES = 256L << 20;
  private static final long DEFAULT_DEADLINE_MILLIS = 1_000;

  private final long memoryBytes;
  private final long deadlineMillis;

  /**
   * @param memoryBytes linear memory, one or more
   * @param deadline the longest that one call may take, a millisecond or more; exceeded by at most
   *     10 ms
   * @throws ComponentException where one is not positive
   */
  public Limits(long memoryBytes, Duration deadline) {
    this.memoryBytes = memoryBytes;
    this.deadlineMillis = deadline.toMillis();
    if (memoryBytes < 1 || deadlineMillis < 1) {
      throw ComponentException.wrong(
          "A component can't work with "
              + memoryBytes
              + " bytes and "
              + deadlineMillis
              + " ms a call: both must be positive.");
    }
  }

  /** 256 MiB and one second: a batch of 1,024 values takes about two milliseconds and 4 MiB. */
  public static Limits defaults() {
    return new Limits(DEFAULT_MEMORY_BYTES, Duration.ofMillis(DEFAULT_DEADLINE_MILLIS));
  }

  public long memoryBytes() {
    return memoryBytes;
  }

  public Duration deadline() {
    return Duration.ofMillis(deadlineMillis);
  }

  void write(FrameBuilder frame) {
    frame.putLong(memoryBytes).putLong(deadlineMillis);
  }
}
