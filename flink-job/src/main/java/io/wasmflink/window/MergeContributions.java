package io.wasmflink.window;

import io.wasmflink.component.ComponentException;
import org.apache.flink.api.common.functions.AggregateFunction;

/**
 * Puts contributions into a window's accumulator. Most windows never give a row, so merging waits
 * until enough is pending to be worth a call.
 */
final class MergeContributions
    implements AggregateFunction<Contribution, Accumulator, Accumulator> {
  private static final long serialVersionUID = 1L;

  /** Partials that wait in a window at most. */
  static final int MAX_PENDING = 32;

  private final AggregateHandle handle;

  MergeContributions(AggregateHandle handle) {
    this.handle = handle;
  }

  @Override
  public Accumulator createAccumulator() {
    return Accumulator.empty();
  }

  @Override
  public Accumulator add(Contribution contribution, Accumulator accumulator) {
    return bounded(
        accumulator.with(contribution.partial(), contribution.weight()),
        accumulator.pendingCount());
  }

  @Override
  public Accumulator merge(Accumulator one, Accumulator other) {
    return bounded(one.with(other), Math.max(one.pendingCount(), other.pendingCount()));
  }

  @Override
  public Accumulator getResult(Accumulator accumulator) {
    return accumulator;
  }

  /**
   * Merging that failed is tried again when twice as many wait, so that a component that never
   * merges is not asked with each contribution.
   *
   * @param before how many waited before
   */
  private Accumulator bounded(Accumulator accumulator, int before) {
    int pending = accumulator.pendingCount();
    if (pending < MAX_PENDING || Integer.highestOneBit(pending) <= Integer.highestOneBit(before)) {
      return accumulator;
    }
    byte[][] parts = accumulator.parts();
    try {
      byte[] merged = handle.aggregate().merge(parts, parts.length);
      return Accumulator.of(accumulator.weight(), new byte[][] {merged}, true);
    } catch (ComponentException e) {
      if (!e.isTheComponents()) {
        throw e;
      }
      // Merging early is only to save room. What does not merge waits for the window's end, where
      // the component is asked for its row and its words.
      return accumulator;
    }
  }
}
