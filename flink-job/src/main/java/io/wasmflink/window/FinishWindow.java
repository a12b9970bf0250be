package io.wasmflink.window;

import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

/**
 * Gives the row of a window of Flink's that is over, if it has one. A window that is too light for
 * a row is not looked at, unless the component keeps a history.
 */
final class FinishWindow extends ProcessWindowFunction<Accumulator, ResultRow, Key, TimeWindow> {
  private static final long serialVersionUID = 1L;

  private final WindowFinisher finisher;

  private transient Counter skipped;

  FinishWindow(WindowFinisher finisher) {
    this.finisher = finisher;
  }

  @Override
  public void open(Configuration parameters) throws Exception {
    super.open(parameters);
    MetricGroup group = getRuntimeContext().getMetricGroup();
    finisher.open(group);
    skipped = group.counter("windowsBelowWeight");
  }

  @Override
  public void process(
      Key key, Context context, Iterable<Accumulator> elements, Collector<ResultRow> out)
      throws Exception {
    Accumulator accumulator = elements.iterator().next();
    if (accumulator.weight() < finisher.leastWeight()) {
      finisher.skip();
      skipped.inc();
      return;
    }
    ValueState<History> history =
        finisher.keepsHistory() ? context.globalState().getState(WindowFinisher.HISTORY) : null;
    TimeWindow window = context.window();
    finisher.finish(
        key,
        window.getStart(),
        window.getEnd(),
        accumulator.parts(),
        history,
        out,
        letter -> context.output(FailedWindow.TAG, letter));
  }

  @Override
  public void close() throws Exception {
    finisher.close();
    super.close();
  }
}
