package io.wasmflink.component;

/**
 * Event times of single raw values, for producers that do not put them into the Kafka timestamp.
 * For one thread at a time; a second one is refused.
 */
public final class EventTimes implements AutoCloseable {
  private final Handle handle;

  /**
   * @throws ComponentException where it is no decoder of this contract or refuses its settings
   */
  public EventTimes(ComponentSource decoder, Limits limits) {
    NativeLibrary.load();
    handle = new Handle("EventTimes", open(ComponentSource.frame(decoder, limits)));
  }

  /**
   * @return ms on the wall clock; {@link Long#MIN_VALUE} where the value has none
   * @throws ComponentException where the value is null, or this is closed or in use
   */
  public long of(byte[] value) {
    return of(handle.number(), value);
  }

  @Override
  public void close() {
    handle.close(EventTimes::close);
  }

  private static native long open(byte[] source);

  private static native long of(long handle, byte[] value);

  private static native void close(long handle);
}
