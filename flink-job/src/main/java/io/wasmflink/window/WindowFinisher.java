package io.wasmflink.window;

import io.wasmflink.component.Aggregate;
import io.wasmflink.component.AggregateDescription;
import io.wasmflink.component.ComponentException;
import io.wasmflink.component.Finished;
import io.wasmflink.ingest.DeadLetter;
import java.io.Serializable;
import java.util.function.Consumer;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.util.Collector;

/** Asks the component for the row of a window that is over, and keeps the key's history. */
final class WindowFinisher implements Serializable {
  private static final long serialVersionUID = 1L;

  /** What a key remembers beyond its windows. */
  static final ValueStateDescriptor<History> HISTORY =
      new ValueStateDescriptor<>("history", History.TYPE);

  private static final byte[] NO_HISTORY = {};

  private final AggregateHandle handle;
  private final long leastWeight;
  private final boolean keepsHistory;

  private transient Counter windows;
  private transient Counter rows;
  private transient Counter failed;

  WindowFinisher(AggregateHandle handle, AggregateDescription description) {
    this.handle = handle;
    this.keepsHistory = description.keepsHistory();
    // no window without a record is ever looked at
    this.leastWeight = keepsHistory ? 1 : Math.max(1, description.minWeight());
  }

  void open(MetricGroup group) {
    Aggregate aggregate = handle.aggregate();
    windows = group.counter("windows");
    rows = group.counter("rows");
    failed = group.counter("failedWindows");
    // asked by the metrics' own thread, which must not open anything
    group.gauge("callNanos", aggregate::callNanos);
    group.gauge("traps", aggregate::traps);
  }

  void close() {
    handle.close();
  }

  /** A lighter window can't give a row and changes no history, so it need not be finished. */
  long leastWeight() {
    return leastWeight;
  }

  boolean keepsHistory() {
    return keepsHistory;
  }

  /** Brings the histories of all keys to the present layout. */
  void upgradeHistories(KeyedStateBackend<Key> backend, int fromVersion) throws Exception {
    if (keepsHistory) {
      backend.applyToAllKeys(
          VoidNamespace.INSTANCE,
          VoidNamespaceSerializer.INSTANCE,
          HISTORY,
          (key, history) -> history.update(handle.upgraded(history.value(), fromVersion)));
    }
  }

  /** Counts a window that is over and too light to be finished. */
  void skip() {
    windows.inc();
  }

  /**
   * @param start ms on the wall clock
   * @param end ms on the wall clock, exclusive
   * @param parts accumulators
   * @param state the key's history; null where the component keeps none. It stays as it was where
   *     the component fails
   * @param letters takes a window on which the component fails
   */
  void finish(
      Key key,
      long start,
      long end,
      byte[][] parts,
      ValueState<History> state,
      Collector<ResultRow> out,
      Consumer<DeadLetter> letters)
      throws Exception {
    windows.inc();
    Finished finished;
    try {
      finished =
          handle.aggregate().finish(key.bytes(), start, end, parts, parts.length, history(state));
    } catch (ComponentException e) {
      if (!e.isTheComponents()) {
        throw e;
      }
      // It would fail again after a restart: the window gives no row, and the job goes on.
      failed.inc();
      letters.accept(FailedWindow.letter(handle.slot(), key, start, end, e.getMessage()));
      return;
    }
    if (state != null) {
      keep(state, finished.history());
    }
    Object[] row = finished.row();
    if (row != null) {
      rows.inc();
      out.collect(new ResultRow(row));
    }
  }

  private byte[] history(ValueState<History> state) throws Exception {
    History history = state == null ? null : state.value();
    return history == null ? NO_HISTORY : history.bytes();
  }

  private void keep(ValueState<History> state, byte[] bytes) throws Exception {
    if (bytes == null || bytes.length == 0) {
      state.clear();
    } else {
      state.update(new History(bytes));
    }
  }
}
