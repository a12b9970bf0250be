package io.wasmflink.window;

import io.wasmflink.types.ValueSerializer;
import io.wasmflink.types.ValueSnapshot;
import io.wasmflink.types.ValueType;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The slices of one key that windows still wait for, in ascending order of their starts, and the
 * time for which the key has its timer. Immutable.
 */
final class Slices {
  static final TypeInformation<Slices> TYPE = ValueType.of(Slices.class, new Serializer());

  /** No such window, and no timer. */
  static final long NEVER = Long.MAX_VALUE;

  private static final Slices NONE = new Slices(new long[0], new Accumulator[0], NEVER);

  private final long[] starts;
  private final Accumulator[] accumulators;
  private final long timer;

  private Slices(long[] starts, Accumulator[] accumulators, long timer) {
    this.starts = starts;
    this.accumulators = accumulators;
    this.timer = timer;
  }

  /** None yet. */
  static Slices none() {
    return NONE;
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

  /** When the key is looked at again, ms on the wall clock; {@link #NEVER} for no timer. */
  long timer() {
    return timer;
  }

  Slices withTimer(long time) {
    return time == timer ? this : new Slices(starts, accumulators, time);
  }

  /** With every accumulator changed, and the same weights. */
  Slices map(UnaryOperator<Accumulator> change) {
    Accumulator[] changed = new Accumulator[accumulators.length];
    for (int i = 0; i < changed.length; i++) {
      changed[i] = change.apply(accumulators[i]);
    }
    return new Slices(starts, changed, timer);
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
      return new Slices(starts, replaced, timer);
    }
    int at = -place - 1;
    int after = starts.length - at;
    long[] moreStarts = Arrays.copyOf(starts, starts.length + 1);
    Accumulator[] more = Arrays.copyOf(accumulators, accumulators.length + 1);
    System.arraycopy(starts, at, moreStarts, at + 1, after);
    System.arraycopy(accumulators, at, more, at + 1, after);
    moreStarts[at] = start;
    more[at] = accumulator;
    return new Slices(moreStarts, more, timer);
  }

  /** Without slices whose last window is over at that time. */
  Slices without(WindowShape shape, long time) {
    int over = 0;
    while (over < starts.length && shape.lastMomentWith(starts[over]) <= time) {
      over++;
    }
    return over == 0
        ? this
        : new Slices(
            Arrays.copyOfRange(starts, over, starts.length),
            Arrays.copyOfRange(accumulators, over, accumulators.length),
            timer);
  }

  /**
   * The last moment of the first window that is heavy enough and not over yet, or {@link #NEVER}.
   *
   * <p>One pass with a running sum. A window can be heavier than the one before it only where a
   * slice enters, so only the first window of each slice is looked at, however many there are.
   *
   * @param least records that it must have, 1 or more
   * @param after windows that end at that moment or before are over
   */
  long firstHeavy(WindowShape shape, long least, long after) {
    if (weight() < least) {
      return NEVER;
    }
    long firstOpen = shape.firstStartEndingAfter(Math.max(after, starts[0] - 1));
    long weight = 0;
    int left = 0;
    for (int entered = 0; entered < starts.length; entered++) {
      weight += accumulators[entered].weight();
      long start = Math.max(firstOpen, shape.firstStartWith(starts[entered]));
      while (left <= entered && starts[left] < start) {
        weight -= accumulators[left].weight();
        left++;
      }
      if (weight >= least) {
        return shape.lastMomentOf(start);
      }
    }
    return NEVER;
  }

  /** How many records are in all slices. */
  private long weight() {
    long sum = 0;
    for (Accumulator accumulator : accumulators) {
      sum += accumulator.weight();
    }
    return sum;
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

  /** The time of the timer, and the slices. The accumulators' layout is part of this one. */
  static final class Serializer extends ValueSerializer<Slices> {
    private static final long serialVersionUID = 1L;
    private final AccumulatorSerializer accumulators = new AccumulatorSerializer();

    @Override
    public Slices createInstance() {
      return none();
    }

    @Override
    public void serialize(Slices slices, DataOutputView target) throws IOException {
      target.writeLong(slices.timer);
      target.writeInt(slices.starts.length);
      for (int i = 0; i < slices.starts.length; i++) {
        target.writeLong(slices.starts[i]);
        accumulators.serialize(slices.accumulators[i], target);
      }
    }

    @Override
    public Slices deserialize(DataInputView source) throws IOException {
      long timer = source.readLong();
      long[] starts = new long[source.readInt()];
      Accumulator[] read = new Accumulator[starts.length];
      for (int i = 0; i < starts.length; i++) {
        starts[i] = source.readLong();
        read[i] = accumulators.deserialize(source);
      }
      return new Slices(starts, read, timer);
    }

    @Override
    public TypeSerializerSnapshot<Slices> snapshotConfiguration() {
      return new Snapshot();
    }
  }

  /** Names the serializer in savepoints. */
  public static final class Snapshot extends ValueSnapshot<Slices> {
    public Snapshot() {
      super(Serializer::new, FIRST_LAYOUT);
    }
  }
}
