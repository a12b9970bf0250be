package io.wasmflink.window;

import io.wasmflink.component.Aggregate;
import io.wasmflink.component.AggregateDescription;
import io.wasmflink.component.Finished;
import io.wasmflink.component.StateKind;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

/**
 * Gives the row of a window that is over, if it has one. A window that is too light for a row is
 * not looked at, unless the component keeps a history.
 */
final class FinishWindow extends ProcessWindowFunction<Accumulator, ResultRow, Key, TimeWindow> {
  private static final long serialVersionUID = 1L;

  private static final byte[] NO_HISTORY = {};
  private static final ValueStateDescriptor<History> HISTORY =
      new ValueStateDescriptor<>("history", History.TYPE);

  private final AggregateHandle handle;
  private final long minWeight;
  private final boolean keepsHistory;

  private transient Counter windows;
  private transient Counter skipped;
  private transient Counter rows;

  FinishWindow(AggregateHandle handle, AggregateDescription description) {
    this.handle = handle;
    this.minWeight = description.minWeight();
    this.keepsHistory = description.keepsHistory();
  }

  @Override
  public void open(Configuration parameters) throws Exception {
    super.open(parameters);
    Aggregate aggregate = handle.aggregate();
    MetricGroup group = getRuntimeContext().getMetricGroup();
    windows = group.counter("windows");
    skipped = group.counter("windowsBelowWeight");
    rows = group.counter("rows");
    // asked by the metrics' own thread, which must not open anything
    group.gauge("callNanos", aggregate::callNanos);
    group.gauge("traps", aggregate::traps);
  }

  @Override
  public void process(
      Key key, Context context, Iterable<Accumulator> elements, Collector<ResultRow> out)
      throws Exception {
    Accumulator accumulator = elements.iterator().next();
    windows.inc();
    if (accumulator.weight() < minWeight && !keepsHistory) {
      skipped.inc();
      return;
    }
    ValueState<History> state = keepsHistory ? context.globalState().getState(HISTORY) : null;
    byte[][] parts = handle.current(accumulator).parts();
    TimeWindow window = context.window();
    Finished finished =
        handle
            .aggregate()
            .finish(
                key.bytes(),
                window.getStart(),
                window.getEnd(),
                parts,
                parts.length,
                history(state));
    if (state != null) {
      keep(state, finished.history());
    }
    Object[] row = finished.row();
    if (row != null) {
      rows.inc();
      out.collect(new ResultRow(row));
    }
  }

  @Override
  public void close() throws Exception {
    handle.close();
    super.close();
  }

  private byte[] history(ValueState<History> state) throws Exception {
    History history = state == null ? null : state.value();
    return history == null
        ? NO_HISTORY
        : handle.upgrade(StateKind.HISTORY, history.stateVersion(), history.bytes());
  }

  private void keep(ValueState<History> state, byte[] bytes) throws Exception {
    if (bytes == null || bytes.length == 0) {
      state.clear();
    } else {
      state.update(new History(handle.stateVersion(), bytes));
    }
  }
}
