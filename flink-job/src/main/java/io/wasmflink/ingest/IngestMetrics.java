package io.wasmflink.ingest;

import io.wasmflink.component.IngestResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;

/** What the ingest operator counts, in Flink's own registry. */
final class IngestMetrics {
  private static final int HISTOGRAM_WINDOW = 1_000;

  private final MetricGroup group;
  private final Counter records;
  private final Counter events;
  private final Counter rejects;
  private final Counter late;
  private final Counter withoutPosition;
  private final Counter doubtfulUpdates;
  private final Histogram batchSize;
  private final List<Counter> callNanos = new ArrayList<>();
  private final List<Counter> traps = new ArrayList<>();
  private final Map<String, Counter> rejectsByReason = new HashMap<>();
  private final Map<String, Counter> lateBySlot = new HashMap<>();

  /**
   * @param slots the decoder, then the aggregates, as the native side numbers them
   */
  IngestMetrics(MetricGroup group, List<String> slots) {
    this.group = group;
    records = group.counter("records");
    events = group.counter("events");
    rejects = group.counter("rejects");
    late = group.counter("late");
    withoutPosition = group.counter("withoutPosition");
    doubtfulUpdates = group.counter("doubtfulUpdates");
    batchSize = group.histogram("batchSize", new DescriptiveStatisticsHistogram(HISTOGRAM_WINDOW));
    for (String slot : slots) {
      MetricGroup component = group.addGroup("component", slot);
      callNanos.add(component.counter("callNanos"));
      traps.add(component.counter("traps"));
    }
  }

  void batch(int count, IngestResult result) {
    records.inc(count);
    events.inc(result.eventCount());
    withoutPosition.inc(result.withoutPosition());
    doubtfulUpdates.inc(result.doubtfulUpdates());
    batchSize.update(count);
    for (int i = 0; i < callNanos.size(); i++) {
      callNanos.get(i).inc(result.callNanos(i));
      traps.get(i).inc(result.traps(i));
    }
  }

  void rejected(String reason) {
    rejects.inc();
    rejectsByReason
        .computeIfAbsent(reason, name -> group.addGroup("reason", name).counter("rejects"))
        .inc();
  }

  void late(List<String> slots) {
    late.inc();
    for (String slot : slots) {
      lateBySlot
          .computeIfAbsent(slot, name -> group.addGroup("lateFor", name).counter("late"))
          .inc();
    }
  }
}
