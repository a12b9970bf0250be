package io.wasmflink.component;

/**
 * One aggregate, for windows: merges accumulators and finishes windows. For one thread at a time; a
 * second one is refused. What it has cost so far, any thread may ask.
 */
public final class Aggregate implements AutoCloseable {
  private final Handle handle;

  private volatile long lastNanos;
  private volatile long lastTraps;

  /**
   * @throws ComponentException where it is no aggregate of this contract, refuses its settings, or
   *     describes something that can't be
   */
  public Aggregate(ComponentSource source, Limits limits) {
    NativeLibrary.load();
    handle = new Handle("Aggregate", open(ComponentSource.frame(source, limits)));
  }

  /**
   * Merges accumulators into one.
   *
   * @param parts accumulators
   * @param count how many of them, one or more
   * @throws ComponentException where the component fails, or this is closed or in use
   */
  public byte[] merge(byte[][] parts, int count) {
    FrameBuilder frame = new FrameBuilder(Integer.BYTES + lengthOf(parts, count));
    putParts(frame, parts, count);
    return merge(handle.number(), frame.toBytes());
  }

  /**
   * Merges accumulators and finishes their window.
   *
   * @param start ms on the wall clock
   * @param end ms on the wall clock, exclusive
   * @param parts accumulators
   * @param count how many of them, one or more
   * @param history what the key's window before gave; empty for nothing
   * @throws ComponentException where the component fails, or this is closed or in use
   */
  public Finished finish(
      byte[] key, long start, long end, byte[][] parts, int count, byte[] history) {
    if (key == null || history == null) {
      throw ComponentException.wrong("A window needs a key and a history, which may be empty.");
    }
    int fixed = 2 * Long.BYTES + 3 * Integer.BYTES;
    FrameBuilder frame =
        new FrameBuilder(fixed + key.length + history.length + lengthOf(parts, count));
    frame.putLong(start).putLong(end).putBytes(key).putBytes(history);
    putParts(frame, parts, count);
    return new Finished(new Frame(finish(handle.number(), frame.toBytes())));
  }

  /**
   * State of an older version in this component's layout.
   *
   * @throws ComponentException where the component does not know that version or fails, or this is
   *     closed or in use
   */
  public byte[] upgrade(StateKind kind, int fromStateVersion, byte[] state) {
    if (kind == null || state == null) {
      throw ComponentException.wrong("Only a state of some kind can be upgraded.");
    }
    FrameBuilder frame = new FrameBuilder(3 * Integer.BYTES + state.length);
    frame.putInt(kind.ordinal()).putInt(fromStateVersion).putBytes(state);
    return upgrade(handle.number(), frame.toBytes());
  }

  /** Time spent in calls so far; the last known after {@link #close}. */
  public long callNanos() {
    return handle.ask(Aggregate::callNanos, () -> lastNanos);
  }

  /** Calls that failed so far; the last known after {@link #close}. */
  public long traps() {
    return handle.ask(Aggregate::traps, () -> lastTraps);
  }

  @Override
  public void close() {
    handle.close(
        number -> {
          lastNanos = callNanos(number);
          lastTraps = traps(number);
          close(number);
        });
  }

  private static int lengthOf(byte[][] parts, int count) {
    if (parts == null || count < 1 || count > parts.length) {
      throw ComponentException.wrong(
          String.format(
              "%d accumulators can't be taken from %s: there must be one or more.",
              count, parts == null ? "null" : "an array of " + parts.length));
    }
    long length = (long) count * Integer.BYTES;
    for (int i = 0; i < count; i++) {
      if (parts[i] == null) {
        throw ComponentException.wrong("Accumulator " + i + " of " + count + " is null.");
      }
      length += parts[i].length;
    }
    return (int) Math.min(length, Integer.MAX_VALUE / 2);
  }

  private static void putParts(FrameBuilder frame, byte[][] parts, int count) {
    frame.putInt(count);
    for (int i = 0; i < count; i++) {
      frame.putBytes(parts[i]);
    }
  }

  private static native long open(byte[] source);

  private static native byte[] merge(long handle, byte[] frame);

  private static native byte[] finish(long handle, byte[] frame);

  private static native byte[] upgrade(long handle, byte[] frame);

  private static native long callNanos(long handle);

  private static native long traps(long handle);

  private static native void close(long handle);
}
