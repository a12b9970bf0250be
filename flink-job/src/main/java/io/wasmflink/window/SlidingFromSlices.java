package io.wasmflink.window;

import io.wasmflink.component.AggregateDescription;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Sliding event-time windows that are put together from slices, with the rows that Flink's own
 * sliding windows give.
 *
 * <p>Flink's window operator adds each contribution to every window that contains it: {@code size /
 * slide} state entries and timers. Here it is added once, to its slice, and all slices of a key are
 * one state entry. A window gets a timer only at the contribution with which it becomes heavy
 * enough for a row, and is put together when it is over; so the cost does not grow with {@code size
 * / slide}, and windows that can't give a row cost nothing.
 *
 * <p>Slices go when the last window that contains them is over. A key that gets no more
 * contributions has one timer for that.
 */
final class SlidingFromSlices extends KeyedProcessFunction<Key, Contribution, ResultRow> {
  private static final long serialVersionUID = 1L;

  private static final ValueStateDescriptor<Slices> SLICES =
      new ValueStateDescriptor<>("slices", Slices.TYPE);

  private final AggregateHandle handle;
  private final WindowFinisher finisher;
  private final MergeContributions merge;
  private final OutputTag<Contribution> late;
  private final long size;
  private final long slide;

  private transient ValueState<Slices> state;
  private transient ValueState<History> history;

  SlidingFromSlices(
      AggregateHandle handle, AggregateDescription description, OutputTag<Contribution> late) {
    this.handle = handle;
    this.finisher = new WindowFinisher(handle, description);
    this.merge = new MergeContributions(handle);
    this.late = late;
    this.size = description.windowSizeMillis();
    this.slide = description.windowSlideMillis();
  }

  @Override
  public void open(Configuration parameters) throws Exception {
    super.open(parameters);
    finisher.open(getRuntimeContext().getMetricGroup());
    state = getRuntimeContext().getState(SLICES);
    history = finisher.keepsHistory() ? getRuntimeContext().getState(WindowFinisher.HISTORY) : null;
  }

  @Override
  public void processElement(Contribution contribution, Context context, Collector<ResultRow> out)
      throws Exception {
    long watermark = context.timerService().currentWatermark();
    long start = contribution.sliceStart();
    long lastMoment = lastMoment(start);
    if (lastMoment <= watermark) {
      context.output(late, contribution);
      return;
    }
    long least = finisher.leastWeight();
    Slices slices = state.value();
    if (slices == null) {
      slices = Slices.none(lastMoment, least);
      context.timerService().registerEventTimeTimer(lastMoment);
    }
    // another component or setting since the last contribution: lighter windows give rows now
    boolean lighter = least < slices.leastWeight();
    slices = waitedFor(slices, watermark).withLeastWeight(least);
    int place = slices.find(start);
    Accumulator before =
        place >= 0 ? slices.accumulator(place) : Accumulator.empty(handle.stateVersion());
    slices = slices.with(place, start, merge.add(contribution, before));
    state.update(slices);

    // the windows that contain the slice; every one of the key's where all are looked at anew
    long last = lighter ? lastMoment(slices.start(slices.size() - 1)) : lastMoment;
    long first = lighter ? slices.start(0) : start;
    for (long end = last + 1; end > first && end - 1 > watermark; end -= slide) {
      long weight = slices.weight(end - size, end);
      if (weight >= least && (lighter || weight - contribution.weight() < least)) {
        context.timerService().registerEventTimeTimer(end - 1);
      }
    }
  }

  @Override
  public void onTimer(long time, OnTimerContext context, Collector<ResultRow> out)
      throws Exception {
    Slices slices = state.value();
    if (slices == null) {
      return;
    }
    long start = time + 1 - size;
    if (slices.weight(start, time + 1) >= finisher.leastWeight()) {
      finisher.finish(context.getCurrentKey(), start, time + 1, parts(slices, start), history, out);
    }
    // the watermark may be far beyond this timer: windows that end in between still want theirs
    Slices left = waitedFor(slices, time);
    if (left.isEmpty()) {
      state.clear();
      return;
    }
    if (time >= left.cleanup()) {
      left = left.withCleanup(lastMoment(left.start(left.size() - 1)));
      context.timerService().registerEventTimeTimer(left.cleanup());
    }
    if (left != slices) {
      state.update(left);
    }
  }

  @Override
  public void close() throws Exception {
    finisher.close();
    super.close();
  }

  /** The last millisecond of the last window that contains a slice. */
  private long lastMoment(long sliceStart) {
    return Math.floorDiv(sliceStart, slide) * slide + size - 1;
  }

  /** Without slices whose last window is over at that time. */
  private Slices waitedFor(Slices slices, long time) {
    int over = 0;
    while (over < slices.size() && lastMoment(slices.start(over)) <= time) {
      over++;
    }
    return slices.without(over);
  }

  /** Accumulators of the window that begins there; slices of later windows are not there yet. */
  private byte[][] parts(Slices slices, long windowStart) {
    List<byte[]> parts = new ArrayList<>();
    for (int i = 0; i < slices.size(); i++) {
      long start = slices.start(i);
      if (start >= windowStart && start < windowStart + size) {
        Collections.addAll(parts, handle.current(slices.accumulator(i)).parts());
      }
    }
    return parts.toArray(new byte[0][]);
  }
}
