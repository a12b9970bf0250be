package io.wasmflink.window;

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
    return bounded(accumulator.with(contribution.partial(), contribution.weight()));
  }

  @Override
  public Accumulator merge(Accumulator one, Accumulator other) {
    return bounded(one.with(other));
  }

  @Override
  public Accumulator getResult(Accumulator accumulator) {
    return accumulator;
  }

  private Accumulator bounded(Accumulator accumulator) {
    if (accumulator.pendingCount() < MAX_PENDING) {
      return accumulator;
    }
    byte[][] parts = accumulator.parts();
    byte[] merged = handle.aggregate().merge(parts, parts.length);
    return Accumulator.of(accumulator.weight(), new byte[][] {merged}, true);
  }
}
