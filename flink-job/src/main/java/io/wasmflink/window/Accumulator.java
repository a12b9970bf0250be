package io.wasmflink.window;

/**
 * What a window holds: how many records went in, the accumulator that is merged so far, and partial
 * accumulators that wait to be merged.
 *
 * <p>Immutable. The list of partials grows at its head, so that adding one is one small object, and
 * the windows of a sliding assignment share the partials' bytes.
 */
public final class Accumulator {
  private static final Accumulator EMPTY = new Accumulator(0, null, null, 0);

  private final long weight;
  private final byte[] merged;
  private final Pending pending;
  private final int pendingCount;

  /** One partial and those before it. */
  private static final class Pending {
    final byte[] partial;
    final Pending earlier;

    Pending(byte[] partial, Pending earlier) {
      this.partial = partial;
      this.earlier = earlier;
    }
  }

  private Accumulator(long weight, byte[] merged, Pending pending, int pendingCount) {
    this.weight = weight;
    this.merged = merged;
    this.pending = pending;
    this.pendingCount = pendingCount;
  }

  /** Nothing yet. */
  static Accumulator empty() {
    return EMPTY;
  }

  /**
   * @param parts what {@link #parts} gave
   * @param hasMerged whether the first of them is the merged one
   */
  static Accumulator of(long weight, byte[][] parts, boolean hasMerged) {
    Pending pending = null;
    int first = hasMerged ? 1 : 0;
    for (int i = first; i < parts.length; i++) {
      pending = new Pending(parts[i], pending);
    }
    return new Accumulator(weight, hasMerged ? parts[0] : null, pending, parts.length - first);
  }

  /** With one more partial. */
  Accumulator with(byte[] partial, long itsWeight) {
    return new Accumulator(
        weight + itsWeight, merged, new Pending(partial, pending), pendingCount + 1);
  }

  /** With the other's parts and weight. */
  Accumulator with(Accumulator other) {
    Accumulator sum = this;
    for (byte[] part : other.parts()) {
      sum = sum.with(part, 0);
    }
    return new Accumulator(weight + other.weight, sum.merged, sum.pending, sum.pendingCount);
  }

  /** How many records went in; those that came twice count twice. */
  long weight() {
    return weight;
  }

  boolean hasMerged() {
    return merged != null;
  }

  int pendingCount() {
    return pendingCount;
  }

  /** The merged accumulator, if any, then the partials in the order in which they came. */
  byte[][] parts() {
    int first = merged == null ? 0 : 1;
    byte[][] parts = new byte[first + pendingCount][];
    if (merged != null) {
      parts[0] = merged;
    }
    int i = parts.length;
    for (Pending cell = pending; cell != null; cell = cell.earlier) {
      parts[--i] = cell.partial;
    }
    return parts;
  }
}
