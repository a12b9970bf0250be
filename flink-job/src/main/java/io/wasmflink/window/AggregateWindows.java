package io.wasmflink.window;

import io.wasmflink.component.AggregateDescription;
import io.wasmflink.component.ComponentSource;
import io.wasmflink.component.Limits;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.WindowAssigner;
import org.apache.flink.streaming.api.windowing.time.Time;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.OutputTag;

/** Event-time windows around an aggregate component. */
public final class AggregateWindows {
  private AggregateWindows() {}

  /**
   * The rows of one aggregate.
   *
   * @param fromSlices whether sliding windows are put together from slices; else, and for tumbling
   *     windows, Flink's own operator holds every window by itself. The rows are the same
   */
  public static DataStream<ResultRow> rows(
      DataStream<Contribution> contributions,
      ComponentSource source,
      AggregateDescription description,
      Limits limits,
      boolean fromSlices) {
    String slot = source.slot();
    OutputTag<Contribution> late = new OutputTag<>("late-at-" + slot, Contribution.TYPE);
    AggregateHandle handle = new AggregateHandle(source, description, limits);
    KeyedStream<Contribution, Key> keyed = contributions.keyBy(Contribution::key, Key.TYPE);
    // the two have different state: a savepoint of one must not be taken for one of the other
    SingleOutputStreamOperator<ResultRow> rows =
        fromSlices && description.sliding()
            ? keyed
                .process(new SlidingFromSlices(handle, description, late), ResultRow.TYPE)
                .name("window-" + slot)
                .uid("slices-" + slot)
            : keyed
                .window(assigner(description))
                .sideOutputLateData(late)
                .aggregate(
                    new MergeContributions(handle),
                    new FinishWindow(handle, description),
                    AccumulatorSerializer.TYPE,
                    AccumulatorSerializer.TYPE,
                    ResultRow.TYPE)
                .name("window-" + slot)
                .uid("window-" + slot);
    rows.getSideOutput(late)
        .addSink(new LateAtWindow(slot))
        .name("late-at-window-" + slot)
        .uid("late-at-window-" + slot);
    return rows;
  }

  /** Windows aligned to 1970-01-01T00:00 on the wall clock. */
  static WindowAssigner<Object, TimeWindow> assigner(AggregateDescription description) {
    Time size = Time.milliseconds(description.windowSizeMillis());
    return description.sliding()
        ? SlidingEventTimeWindows.of(size, Time.milliseconds(description.windowSlideMillis()))
        : TumblingEventTimeWindows.of(size);
  }
}
