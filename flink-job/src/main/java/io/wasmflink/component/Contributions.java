package io.wasmflink.component;

/** What a batch adds to the windows of one aggregate: one entry for each key and slice. */
public final class Contributions {
  private final IngestResult result;
  private final int size;
  private final int sliceStarts;
  private final int weights;
  private final Frame.ByteStrings keys;
  private final Frame.ByteStrings partials;

  Contributions(IngestResult result, Frame frame) {
    this.result = result;
    size = frame.nextInt();
    sliceStarts = frame.skip(Long.BYTES * size);
    weights = frame.skip(Integer.BYTES * size);
    keys = frame.nextByteStrings(size);
    partials = frame.nextByteStrings(size);
  }

  public int size() {
    return size;
  }

  /** Ms on the wall clock. */
  public long sliceStart(int i) {
    return result.frame().longAt(sliceStarts + Long.BYTES * i);
  }

  /** Records in it, more than none. */
  public long weight(int i) {
    return Integer.toUnsignedLong(result.frame().intAt(weights + Integer.BYTES * i));
  }

  /** The component's own bytes. */
  public byte[] key(int i) {
    result.frame();
    return keys.bytes(i);
  }

  /** An accumulator of those records. */
  public byte[] partial(int i) {
    result.frame();
    return partials.bytes(i);
  }
}
