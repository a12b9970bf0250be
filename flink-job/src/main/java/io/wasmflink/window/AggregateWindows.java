package io.wasmflink.window;

import io.wasmflink.component.AggregateDescription;
import io.wasmflink.component.ComponentSource;
import io.wasmflink.component.Limits;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.util.OutputTag;

/** Event-time windows around an aggregate component. */
public final class AggregateWindows {
  private AggregateWindows() {}

  /**
   * The rows of one aggregate; {@link FailedWindow#TAG} is for the windows that it could not
   * finish.
   *
   * @param fromSlices whether sliding windows are put together from slices; else, and for tumbling
   *     windows, Flink's own operator holds every window by itself. The rows are the same
   */
  public static SingleOutputStreamOperator<ResultRow> rows(
      DataStream<Contribution> contributions,
      ComponentSource source,
      AggregateDescription description,
      Limits limits,
      boolean fromSlices) {
    String slot = source.slot();
    OutputTag<Contribution> late = new OutputTag<>("late-at-" + slot, Contribution.TYPE);
    AggregateHandle handle = new AggregateHandle(source, description, limits);
    WindowFinisher finisher = new WindowFinisher(handle, description);
    boolean slices = fromSlices && description.sliding();
    OneInputStreamOperator<Contribution, ResultRow> operator =
        slices
            ? new SlidingFromSlices(handle, finisher, description, late)
            : new FlinkWindows(handle, finisher, description, late);
    // the two have different state: a savepoint of one must not be taken for one of the other
    SingleOutputStreamOperator<ResultRow> rows =
        contributions
            .keyBy(Contribution::key, Key.TYPE)
            .transform("window-" + slot, ResultRow.TYPE, operator)
            .uid((slices ? "slices-" : "window-") + slot);
    rows.getSideOutput(late)
        .addSink(new LateAtWindow(slot))
        .name("late-at-window-" + slot)
        .uid("late-at-window-" + slot);
    return rows;
  }
}
