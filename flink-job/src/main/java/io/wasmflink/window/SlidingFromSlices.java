package io.wasmflink.window;

import io.wasmflink.component.AggregateDescription;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.TimestampedCollector;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;

/**
 * Sliding event-time windows that are put together from slices, with the rows that Flink's own
 * sliding windows give.
 *
 * <p>Flink's window operator adds each contribution to every window that contains it: {@code size /
 * slide} state entries and timers. Here it is added once, to its slice, and all slices of a key are
 * one state entry. A key has one timer: for the end of its first window that is heavy enough for a
 * row, or, where none is, for the time when its slices are waited for no more. So the cost of a
 * contribution does not grow with {@code size / slide} but with the slices that its key has, and
 * windows that can't give a row cost nothing.
 */
final class SlidingFromSlices extends AbstractStreamOperator<ResultRow>
    implements OneInputStreamOperator<Contribution, ResultRow>, Triggerable<Key, VoidNamespace> {
  private static final long serialVersionUID = 1L;

  private static final ValueStateDescriptor<Slices> SLICES =
      new ValueStateDescriptor<>("slices", Slices.TYPE);

  private final AggregateHandle handle;
  private final WindowFinisher finisher;
  private final MergeContributions merge;
  private final WindowIdentity identity;
  private final WindowShape shape;
  private final OutputTag<Contribution> late;

  private transient WindowProgress progress;
  private transient InternalTimerService<VoidNamespace> timers;
  private transient TimestampedCollector<ResultRow> rows;
  private transient ValueState<Slices> state;
  private transient ValueState<History> history;

  SlidingFromSlices(
      AggregateHandle handle,
      WindowFinisher finisher,
      AggregateDescription description,
      OutputTag<Contribution> late) {
    this.handle = handle;
    this.finisher = finisher;
    this.merge = new MergeContributions(handle);
    this.identity = WindowIdentity.of(description);
    this.shape = WindowShape.of(description);
    this.late = late;
    setChainingStrategy(ChainingStrategy.ALWAYS);
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    progress =
        new WindowProgress(
            context, getRuntimeContext(), handle.slot(), identity, finisher.leastWeight());
  }

  @Override
  public void open() throws Exception {
    super.open();
    finisher.open(getMetricGroup());
    timers = getInternalTimerService("windows", VoidNamespaceSerializer.INSTANCE, this);
    rows = new TimestampedCollector<>(output);
    state = getRuntimeContext().getState(SLICES);
    history = finisher.keepsHistory() ? getRuntimeContext().getState(WindowFinisher.HISTORY) : null;
    takeOver();
  }

  /** Brings restored state up to what runs now, before anything is processed. */
  private void takeOver() throws Exception {
    int version = progress.stateVersionBefore();
    if (version != identity.stateVersion()) {
      finisher.upgradeHistories(getKeyedStateBackend(), version);
    }
    // a lighter window than before may give a row now
    if (version == identity.stateVersion()
        && finisher.leastWeight() >= progress.leastWeightBefore()) {
      return;
    }
    this.<Key>getKeyedStateBackend()
        .applyToAllKeys(
            VoidNamespace.INSTANCE,
            VoidNamespaceSerializer.INSTANCE,
            SLICES,
            (key, slices) -> {
              Slices restored = slices.value();
              Slices current =
                  version == identity.stateVersion()
                      ? restored
                      : restored.map(accumulator -> handle.upgraded(accumulator, version));
              slices.update(withTimer(current, progress.reached(key)));
            });
  }

  @Override
  public void processElement(StreamRecord<Contribution> element) throws Exception {
    Contribution contribution = element.getValue();
    long start = contribution.sliceStart();
    long reached = progress.reached((Key) getCurrentKey());
    if (shape.lastMomentWith(start) <= reached) {
      output.collect(late, element);
      return;
    }
    Slices known = state.value();
    Slices slices = known == null ? Slices.none() : known.without(shape, reached);
    int place = slices.find(start);
    Accumulator before = place >= 0 ? slices.accumulator(place) : Accumulator.empty();
    slices = slices.with(place, start, merge.add(contribution, before));
    // only windows with this slice have become heavier: where the timer comes before all of them,
    // it
    // stays
    long firstMoment = shape.lastMomentOf(shape.firstStartWith(start));
    state.update(slices.timer() <= firstMoment ? slices : withTimer(slices, reached));
  }

  @Override
  public void onEventTime(InternalTimer<Key, VoidNamespace> timer) throws Exception {
    long time = timer.getTimestamp();
    progress.closed(time);
    Slices slices = state.value();
    if (slices == null) {
      return;
    }
    long start = shape.startOf(time);
    if (slices.weight(start, time + 1) >= finisher.leastWeight()) {
      rows.setAbsoluteTimestamp(time);
      finisher.finish(
          timer.getKey(),
          start,
          time + 1,
          parts(slices, start, time),
          history,
          rows,
          letter -> output.collect(FailedWindow.TAG, new StreamRecord<>(letter)));
    }
    // the watermark may be far beyond this timer: windows that end in between still want theirs
    Slices left = slices.without(shape, time).withTimer(Slices.NEVER);
    if (left.isEmpty()) {
      state.clear();
    } else {
      state.update(withTimer(left, time));
    }
  }

  @Override
  public void onProcessingTime(InternalTimer<Key, VoidNamespace> timer) {
    throw new IllegalStateException("Windows have no timers in processing time.");
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    super.processWatermark(mark);
    progress.advance(mark.getTimestamp());
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    progress.snapshot();
  }

  @Override
  public void close() throws Exception {
    finisher.close();
    super.close();
  }

  /**
   * With a timer that does not come too late. One that comes too early stays: it is set anew when
   * it rings.
   */
  private Slices withTimer(Slices slices, long reached) {
    long heavy = slices.firstHeavy(shape, finisher.leastWeight(), reached);
    long due =
        heavy == Slices.NEVER ? shape.lastMomentWith(slices.start(slices.size() - 1)) : heavy;
    if (slices.timer() <= due) {
      return slices;
    }
    if (slices.timer() != Slices.NEVER) {
      timers.deleteEventTimeTimer(VoidNamespace.INSTANCE, slices.timer());
    }
    timers.registerEventTimeTimer(VoidNamespace.INSTANCE, due);
    return slices.withTimer(due);
  }

  /** Accumulators of a window; slices of later windows may be there already. */
  private static byte[][] parts(Slices slices, long first, long last) {
    List<byte[]> parts = new ArrayList<>();
    for (int i = 0; i < slices.size(); i++) {
      if (slices.start(i) >= first && slices.start(i) <= last) {
        Collections.addAll(parts, slices.accumulator(i).parts());
      }
    }
    return parts.toArray(new byte[0][]);
  }
}
