package io.wasmflink.ingest;

import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.state.StateInitializationContext;

/**
 * The greatest watermark that an instance forwarded, kept through failures and rescaling.
 *
 * <p>After a restore it is the least of all instances that were not idle, or the greatest where all
 * were. Were it more, records would be late whose windows are open, for partitions may have moved
 * to another instance. The windows may have come further, while an instance was idle that is not
 * idle any more: that they remember themselves, and what lies in between is late there.
 *
 * <p>So every instance must see the state of all. Flink makes no checkpoints of such state once an
 * instance is done and others are not, which is how a bounded input ends. There each instance keeps
 * its own: that is right as long as a bounded job is not rescaled.
 */
final class ForwardedWatermark {
  private static final String OF_ALL = "watermark-of-all";
  private static final String OF_EACH = "watermark-of-each";

  /** The watermark, and whether the instance was idle. */
  private final ListState<Tuple2<Long, Boolean>> state;

  private long millis = Long.MIN_VALUE;
  private boolean idle;

  ForwardedWatermark(StateInitializationContext context, boolean bounded) throws Exception {
    OperatorStateStore store = context.getOperatorStateStore();
    state =
        bounded
            ? store.getListState(descriptor(OF_EACH))
            : store.getUnionListState(descriptor(OF_ALL));
    if (context.isRestored()) {
      restore();
    }
  }

  /** Ms on the wall clock; {@link Long#MIN_VALUE} for none yet. */
  long millis() {
    return millis;
  }

  /**
   * The greatest there is closes the windows of a job that ends or is drained; it is no time to go
   * on from, and everything would be late.
   */
  void advance(long watermark) {
    if (watermark != Long.MAX_VALUE) {
      millis = Math.max(millis, watermark);
    }
  }

  boolean isIdle() {
    return idle;
  }

  void idle(boolean isIdle) {
    idle = isIdle;
  }

  void snapshot() throws Exception {
    state.update(List.of(Tuple2.of(millis, idle)));
  }

  private void restore() throws Exception {
    long leastActive = Long.MAX_VALUE;
    long greatest = Long.MIN_VALUE;
    boolean anyActive = false;
    for (Tuple2<Long, Boolean> instance : state.get()) {
      greatest = Math.max(greatest, instance.f0);
      if (!instance.f1) {
        anyActive = true;
        leastActive = Math.min(leastActive, instance.f0);
      }
    }
    millis = anyActive ? leastActive : greatest;
  }

  private static ListStateDescriptor<Tuple2<Long, Boolean>> descriptor(String name) {
    return new ListStateDescriptor<>(name, Types.TUPLE(Types.LONG, Types.BOOLEAN));
  }
}
