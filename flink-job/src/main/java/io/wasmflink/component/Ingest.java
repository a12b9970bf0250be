package io.wasmflink.component;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A decoder with its aggregates: takes batches of raw values. For one thread at a time; a second
 * one is refused.
 */
public final class Ingest implements AutoCloseable {
  private final Handle handle;
  private final List<String> slots = new ArrayList<>();

  private byte[] frame;
  private IngestResult last;

  /**
   * @param documents whether documents are wanted
   * @throws ComponentException where a component is not of this contract, refuses its settings, or
   *     describes something that can't be
   */
  public Ingest(
      ComponentSource decoder, List<ComponentSource> aggregates, boolean documents, Limits limits) {
    if (decoder == null
        || limits == null
        || aggregates == null
        || aggregates.stream().anyMatch(Objects::isNull)) {
      throw ComponentException.wrong("An Ingest needs a decoder, aggregates and limits.");
    }
    NativeLibrary.load();
    FrameBuilder sources = new FrameBuilder();
    limits.write(sources);
    sources.putInt(documents ? 1 : 0);
    decoder.write(sources);
    sources.putInt(aggregates.size());
    for (ComponentSource aggregate : aggregates) {
      aggregate.write(sources);
      slots.add(aggregate.slot());
    }
    handle = new Handle("Ingest", open(sources.toBytes()));
  }

  /**
   * Takes a batch.
   *
   * @param values all values, one after the other
   * @param ends where each value ends, ascending
   * @param count values in the batch; the arrays may be longer
   * @param watermark ms on the wall clock, {@link Long#MIN_VALUE} for none yet. Events that are
   *     late for an aggregate under it are left out there and named in the result.
   * @return what came out; readable until the next batch
   * @throws ComponentException where arguments contradict each other, this is closed or in use, or
   *     a component can't be remade after a fault. What a component does to a value is a reject.
   */
  public IngestResult ingest(byte[] values, int[] ends, int count, long watermark) {
    long number = handle.number();
    if (last != null) {
      last.expire();
      last = null;
    }
    frame = ingest(number, values, ends, count, watermark, frame);
    last = new IngestResult(new Frame(frame), slots);
    return last;
  }

  @Override
  public void close() {
    handle.close(Ingest::close);
  }

  private static native long open(byte[] sources);

  private static native byte[] ingest(
      long handle, byte[] values, int[] ends, int count, long watermark, byte[] frame);

  private static native void close(long handle);
}
