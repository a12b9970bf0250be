package io.wasmflink.component;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Event times of single raw values, for producers that do not put them into the Kafka timestamp.
 * For one thread at a time; a second one is refused.
 */
public final class EventTimes implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EventTimes.class);

  private final Handle handle;
  private long failures;

  /**
   * @throws ComponentException where it is no decoder of this contract or refuses its settings
   */
  public EventTimes(ComponentSource decoder, Limits limits) {
    NativeLibrary.load();
    handle = new Handle("EventTimes", open(ComponentSource.frame(decoder, limits)));
  }

  /**
   * Where the decoder fails on the value, that is counted and logged; decoding will reject it.
   *
   * @return ms on the wall clock; {@link Long#MIN_VALUE} where the value has none
   * @throws ComponentException where the value is null, this is closed or in use, or the decoder
   *     can't be made anew after a failure
   */
  public long of(byte[] value) {
    try {
      return of(handle.number(), value);
    } catch (ComponentException e) {
      if (!e.isTheComponents()) {
        throw e;
      }
      // the first one, then ever more seldom: there may be one a record
      if (Long.bitCount(++failures) == 1) {
        LOG.warn(
            "The decoder could not say the event time of {} records so far: they have none, and"
                + " move no watermark. The last one: {}",
            failures,
            e.getMessage());
      }
      return Long.MIN_VALUE;
    }
  }

  /** Values on which the decoder failed so far. */
  public long failures() {
    return failures;
  }

  @Override
  public void close() {
    handle.close(EventTimes::close);
  }

  private static native long open(byte[] source);

  private static native long of(long handle, byte[] value);

  private static native void close(long handle);
}
