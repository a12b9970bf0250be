package io.wasmflink.window;

import io.wasmflink.component.AggregateDescription;
import io.wasmflink.component.ComponentSource;
import io.wasmflink.component.Limits;
import io.wasmflink.ingest.DeadLetter;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.util.OutputTag;

/** Event-time windows around an aggregate component, and what comes out of them. */
public final class AggregateWindows {
  private final SingleOutputStreamOperator<ResultRow> rows;
  private final OutputTag<Contribution> late;

  /**
   * @param fromSlices whether sliding windows are put together from slices; else, and for tumbling
   *     windows, Flink's own operator holds every window by itself. The rows are the same
   */
  public AggregateWindows(
      DataStream<Contribution> contributions,
      ComponentSource source,
      AggregateDescription description,
      Limits limits,
      boolean fromSlices) {
    String slot = source.slot();
    late = new OutputTag<>("late-at-" + slot, Contribution.TYPE);
    AggregateHandle handle = new AggregateHandle(source, description, limits);
    WindowFinisher finisher = new WindowFinisher(handle, description);
    boolean slices = fromSlices && description.sliding();
    OneInputStreamOperator<Contribution, ResultRow> operator =
        slices
            ? new SlidingFromSlices(handle, finisher, description, late)
            : new FlinkWindows(handle, finisher, description, late);
    // the two have different state: a savepoint of one must not be taken for one of the other
    rows =
        contributions
            .keyBy(Contribution::key, Key.TYPE)
            .transform("window-" + slot, ResultRow.TYPE, operator)
            .uid((slices ? "slices-" : "window-") + slot);
  }

  public DataStream<ResultRow> rows() {
    return rows;
  }

  /** A letter for each window that the component could not finish. */
  public DataStream<DeadLetter> failed() {
    return rows.getSideOutput(FailedWindow.TAG);
  }

  /** Contributions that came when all of their windows were over. */
  public DataStream<Contribution> late() {
    return rows.getSideOutput(late);
  }
}
