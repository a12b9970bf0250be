package io.wasmflink.window;

import io.wasmflink.component.AggregateDescription;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.state.AggregatingStateDescriptor;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.internal.InternalAppendingState;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.WindowAssigner;
import org.apache.flink.streaming.api.windowing.time.Time;
import org.apache.flink.streaming.api.windowing.triggers.EventTimeTrigger;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.streaming.runtime.operators.windowing.WindowOperator;
import org.apache.flink.streaming.runtime.operators.windowing.functions.InternalSingleValueProcessWindowFunction;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;

/**
 * Flink's own window operator, which holds every window by itself. What is added to it is {@link
 * WindowProgress}: it refuses state of others, and after a restore a window that was over stays so.
 */
final class FlinkWindows
    extends WindowOperator<Key, Contribution, Accumulator, ResultRow, TimeWindow> {
  private static final long serialVersionUID = 1L;

  private static final ExecutionConfig DEFAULTS = new ExecutionConfig();

  private final AggregateHandle handle;
  private final WindowFinisher finisher;
  private final WindowIdentity identity;
  private final AggregatingStateDescriptor<Contribution, Accumulator, Accumulator> contents;

  private transient WindowProgress progress;

  FlinkWindows(
      AggregateHandle handle,
      WindowFinisher finisher,
      AggregateDescription description,
      OutputTag<Contribution> late) {
    this(
        handle,
        finisher,
        description,
        new AggregatingStateDescriptor<>(
            "window-contents", new MergeContributions(handle), new AccumulatorSerializer()),
        late);
  }

  private FlinkWindows(
      AggregateHandle handle,
      WindowFinisher finisher,
      AggregateDescription description,
      AggregatingStateDescriptor<Contribution, Accumulator, Accumulator> contents,
      OutputTag<Contribution> late) {
    super(
        assigner(description),
        new TimeWindow.Serializer(),
        Contribution::key,
        Key.TYPE.createSerializer(DEFAULTS),
        contents,
        new InternalSingleValueProcessWindowFunction<>(new FinishWindow(finisher)),
        EventTimeTrigger.create(),
        0,
        late);
    this.handle = handle;
    this.finisher = finisher;
    this.identity = WindowIdentity.of(description);
    this.contents = contents;
  }

  private static WindowAssigner<Object, TimeWindow> assigner(AggregateDescription description) {
    Time size = Time.milliseconds(description.windowSizeMillis());
    return description.sliding()
        ? SlidingEventTimeWindows.of(size, Time.milliseconds(description.windowSlideMillis()))
        : TumblingEventTimeWindows.of(size);
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
    if (progress.stateVersionBefore() != identity.stateVersion()) {
      upgrade(getKeyedStateBackend(), progress.stateVersionBefore());
    }
  }

  /** Brings restored state up to what runs now, before anything is processed. */
  private void upgrade(KeyedStateBackend<Key> backend, int version) throws Exception {
    finisher.upgradeHistories(backend, version);
    InternalAppendingState<Key, TimeWindow, Contribution, Accumulator, Accumulator> windows =
        contents(backend);
    List<Tuple2<Key, TimeWindow>> all;
    try (Stream<Tuple2<Key, TimeWindow>> stored =
        backend.getKeysAndNamespaces(contents.getName())) {
      all = stored.collect(Collectors.toList());
    }
    for (Tuple2<Key, TimeWindow> window : all) {
      backend.setCurrentKey(window.f0);
      windows.setCurrentNamespace(window.f1);
      windows.updateInternal(handle.upgraded(windows.getInternal(), version));
    }
  }

  @SuppressWarnings("unchecked")
  private InternalAppendingState<Key, TimeWindow, Contribution, Accumulator, Accumulator> contents(
      KeyedStateBackend<Key> backend) throws Exception {
    return (InternalAppendingState<Key, TimeWindow, Contribution, Accumulator, Accumulator>)
        backend.getOrCreateKeyedState(windowSerializer, contents);
  }

  @Override
  public void onEventTime(InternalTimer<Key, TimeWindow> timer) throws Exception {
    progress.closed(timer.getTimestamp());
    super.onEventTime(timer);
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
  protected boolean isWindowLate(TimeWindow window) {
    return window.maxTimestamp() <= progress.reached((Key) getCurrentKey());
  }

  /** Asked for what no window took: all that are assigned were over. */
  @Override
  protected boolean isElementLate(StreamRecord<Contribution> element) {
    return true;
  }
}
