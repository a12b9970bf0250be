package io.wasmflink.window;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.sink.RichSinkFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts contributions that Flink's window operator finds late although the ingest operator did
 * not. That happens only when a partition was taken for idle and then came back with old records.
 */
final class LateAtWindow extends RichSinkFunction<Contribution> {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(LateAtWindow.class);

  private final String slot;
  private transient Counter records;

  LateAtWindow(String slot) {
    this.slot = slot;
  }

  @Override
  public void open(Configuration parameters) {
    records = getRuntimeContext().getMetricGroup().counter("lateAtWindow");
  }

  @Override
  public void invoke(Contribution contribution, Context context) {
    if (records.getCount() == 0) {
      LOG.warn(
          "Records for aggregate '{}' came when their windows were over, from a partition that had"
              + " been idle (slice {} ms, watermark {} ms). They are counted as lateAtWindow and not"
              + " in any row. A longer --idleness avoids that.",
          slot,
          contribution.sliceStart(),
          context.currentWatermark());
    }
    records.inc(contribution.weight());
  }
}
