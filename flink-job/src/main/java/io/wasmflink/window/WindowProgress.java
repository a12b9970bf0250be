package io.wasmflink.window;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.StateInitializationContext;

/**
 * How far a window operator has come, and whose its state is, through failures and rescaling.
 *
 * <p>Flink's timers know no watermark after a restore, and the first that comes may be far behind
 * the one before: that of an instance that was idle. So the operator remembers by itself which
 * windows are over; else records in between would open them again, and a partial row would replace
 * a full one.
 *
 * <p>Instances may differ, so the time is kept for key groups: each key goes on where its instance
 * was. Every instance sees the state of all, for key groups move. That all may see it ends no
 * bounded job: the instances of a window operator are done at the same checkpoint.
 *
 * <p>At the end of input and where a job is drained the watermark is the greatest there is. That is
 * no time to go on from: instead, the end of the last window that it closed is remembered.
 */
final class WindowProgress {
  private static final ListStateDescriptor<WindowHeader> HEADERS =
      new ListStateDescriptor<>("windows", WindowHeader.TYPE);

  private final ListState<WindowHeader> state;
  private final WindowIdentity identity;
  private final long leastWeight;
  private final int maxParallelism;
  private final KeyGroupRange groups;

  /** By key group of this instance, from the first: where it was at the restore. */
  private final long[] before;

  private long greatestBefore = Long.MIN_VALUE;
  private long reached = Long.MIN_VALUE;
  private int stateVersionBefore;
  private long leastWeightBefore;

  /**
   * @param slot what the job calls the aggregate
   * @param leastWeight records that a window must have for a row
   */
  WindowProgress(
      StateInitializationContext context,
      RuntimeContext runtime,
      String slot,
      WindowIdentity identity,
      long leastWeight)
      throws Exception {
    this.identity = identity;
    this.leastWeight = leastWeight;
    this.stateVersionBefore = identity.stateVersion();
    this.leastWeightBefore = leastWeight;
    this.maxParallelism = runtime.getMaxNumberOfParallelSubtasks();
    this.groups =
        KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(
            maxParallelism, runtime.getNumberOfParallelSubtasks(), runtime.getIndexOfThisSubtask());
    before = new long[groups.getNumberOfKeyGroups()];
    Arrays.fill(before, Long.MIN_VALUE);
    state = context.getOperatorStateStore().getUnionListState(HEADERS);
    for (WindowHeader header : state.get()) {
      identity.refuseUnlessReads(header.identity, slot);
      restore(header);
    }
  }

  /** Windows whose last moment it is, or was before, are over for this key. */
  long reached(Key key) {
    if (reached >= greatestBefore) {
      return reached;
    }
    int group = KeyGroupRangeAssignment.assignToKeyGroup(key, maxParallelism);
    return Math.max(reached, before[group - groups.getStartKeyGroup()]);
  }

  /** Version of the state that was restored; that of the component where none was. */
  int stateVersionBefore() {
    return stateVersionBefore;
  }

  /** Least weight of a row in the job whose state was restored; the present one where none was. */
  long leastWeightBefore() {
    return leastWeightBefore;
  }

  /** A watermark came, and the timers behind it have rung. */
  void advance(long watermark) {
    if (watermark != Long.MAX_VALUE) {
      reached = Math.max(reached, watermark);
    }
  }

  /** A timer rings at the last moment of a window. */
  void closed(long lastMoment) {
    reached = Math.max(reached, lastMoment);
  }

  void snapshot() throws Exception {
    List<WindowHeader> headers = new ArrayList<>();
    int first = 0;
    for (int group = 1; group <= before.length; group++) {
      long here = Math.max(reached, before[first]);
      if (group == before.length || Math.max(reached, before[group]) != here) {
        int start = groups.getStartKeyGroup();
        headers.add(
            new WindowHeader(identity, leastWeight, start + first, start + group - 1, here));
        first = group;
      }
    }
    state.update(headers);
  }

  private void restore(WindowHeader header) {
    stateVersionBefore = header.identity.stateVersion();
    leastWeightBefore = header.leastWeight;
    int from = Math.max(header.firstGroup, groups.getStartKeyGroup());
    int to = Math.min(header.lastGroup, groups.getEndKeyGroup());
    for (int group = from; group <= to; group++) {
      before[group - groups.getStartKeyGroup()] = header.reached;
      greatestBefore = Math.max(greatestBefore, header.reached);
    }
  }
}
