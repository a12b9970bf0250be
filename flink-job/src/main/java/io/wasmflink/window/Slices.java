package io.wasmflink.window;

import io.wasmflink.types.ValueSerializer;
import io.wasmflink.types.ValueType;
import java.io.IOException;
import java.util.Arrays;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The slices of one key that windows still wait for, in ascending order of their starts, when they
 * are looked at again even if no window ends, and from which weight on windows have timers.
 * Immutable.
 */
final class Slices {
  static final TypeInformation<Slices> TYPE = ValueType.of(Slices.class, new Serializer());

  private final long[] starts;
  private final Accumulator[] accumulators;
  private final long cleanup;
  private final long leastWeight;

  private Slices(long[] starts, Accumulator[] accumulators, long cleanup, long leastWeight) {
    this.starts = starts;
    this.accumulators = accumulators;
    this.cleanup = cleanup;
    this.leastWeight = leastWeight;
  }

  /**
   * None yet.
   *
   * @param cleanup ms on the wall clock
   * @param leastWeight records that a window must have for a timer
   */
  static Slices none(long cleanup, long leastWeight) {
    return new Slices(new long[0], new Accumulator[0], cleanup, leastWeight);
  }

  int size() {
    return starts.length;
  }

  boolean isEmpty() {
    return starts.length == 0;
  }

  /** Start of a slice, ms on the wall clock. */
  long start(int i) {
    return starts[i];
  }

  Accumulator accumulator(int i) {
    return accumulators[i];
  }

  /** When to look for slices that no window waits for any more, ms on the wall clock. */
  long cleanup() {
    return cleanup;
  }

  Slices withCleanup(long time) {
    return new Slices(starts, accumulators, time, leastWeight);
  }

  /** How many records a window had to have for a timer when the last contribution came. */
  long leastWeight() {
    return leastWeight;
  }

  Slices withLeastWeight(long weight) {
    return weight == leastWeight ? this : new Slices(starts, accumulators, cleanup, weight);
  }

  /** Of which slice something is known; negative as of {@link Arrays#binarySearch} for none. */
  int find(long start) {
    int last = starts.length - 1;
    // time goes on: most often it is the last one, or a new one after it
    if (last < 0 || start > starts[last]) {
      return -(last + 1) - 1;
    }
    return start == starts[last] ? last : Arrays.binarySearch(starts, start);
  }

  /**
   * With another accumulator for a slice.
   *
   * @param place what {@link #find} gave for it
   */
  Slices with(int place, long start, Accumulator accumulator) {
    if (place >= 0) {
      Accumulator[] replaced = accumulators.clone();
      replaced[place] = accumulator;
      return new Slices(starts, replaced, cleanup, leastWeight);
    }
    int at = -place - 1;
    int after = starts.length - at;
    long[] moreStarts = Arrays.copyOf(starts, starts.length + 1);
    Accumulator[] more = Arrays.copyOf(accumulators, accumulators.length + 1);
    System.arraycopy(starts, at, moreStarts, at + 1, after);
    System.arraycopy(accumulators, at, more, at + 1, after);
    moreStarts[at] = start;
    more[at] = accumulator;
    return new Slices(moreStarts, more, cleanup, leastWeight);
  }

  /** Without the first slices. */
  Slices without(int first) {
    return first == 0
        ? this
        : new Slices(
            Arrays.copyOfRange(starts, first, starts.length),
            Arrays.copyOfRange(accumulators, first, accumulators.length),
            cleanup,
            leastWeight);
  }

  /** How many records are in the slices from a start to an end, which is exclusive. */
  long weight(long from, long until) {
    long sum = 0;
    for (int i = starts.length - 1; i >= 0 && starts[i] >= from; i--) {
      if (starts[i] < until) {
        sum += accumulators[i].weight();
      }
    }
    return sum;
  }

  /**
   * A byte for this layout's version, the time of the cleanup, the least weight, and the slices.
   */
  static final class Serializer extends ValueSerializer<Slices> {
    private static final long serialVersionUID = 1L;
    private static final int LAYOUT = 1;

    private final AccumulatorSerializer accumulators = new AccumulatorSerializer();

    @Override
    public Slices createInstance() {
      return none(0, 1);
    }

    @Override
    public void serialize(Slices slices, DataOutputView target) throws IOException {
      target.writeByte(LAYOUT);
      target.writeLong(slices.cleanup);
      target.writeLong(slices.leastWeight);
      target.writeInt(slices.starts.length);
      for (int i = 0; i < slices.starts.length; i++) {
        target.writeLong(slices.starts[i]);
        accumulators.serialize(slices.accumulators[i], target);
      }
    }

    @Override
    public Slices deserialize(DataInputView source) throws IOException {
      int layout = source.readByte();
      if (layout != LAYOUT) {
        throw new IOException(
            String.format(
                "State of slices has layout %d, but this job knows layout %d: it was written by"
                    + " another version of the job.",
                layout, LAYOUT));
      }
      long cleanup = source.readLong();
      long leastWeight = source.readLong();
      long[] starts = new long[source.readInt()];
      Accumulator[] read = new Accumulator[starts.length];
      for (int i = 0; i < starts.length; i++) {
        starts[i] = source.readLong();
        read[i] = accumulators.deserialize(source);
      }
      return new Slices(starts, read, cleanup, leastWeight);
    }

    @Override
    public TypeSerializerSnapshot<Slices> snapshotConfiguration() {
      return new Snapshot();
    }
  }

  /** Names the serializer in savepoints. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<Slices> {
    public Snapshot() {
      super(Serializer::new);
    }
  }
}
