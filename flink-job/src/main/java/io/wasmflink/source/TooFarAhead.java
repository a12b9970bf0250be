package io.wasmflink.source;

import java.time.Duration;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts and tells of records that are too far ahead of their partition to move its watermark. */
final class TooFarAhead {
  private static final Logger LOG = LoggerFactory.getLogger(TooFarAhead.class);
  private static final long NANOS_BETWEEN_WARNINGS = Duration.ofMinutes(1).toNanos();

  private final Counter records;
  private boolean warned;
  private long lastWarning;

  TooFarAhead(MetricGroup group) {
    records = group.counter("recordsTooFarAhead");
  }

  /** One record, whose partition had come to {@code reached}; both in ms. */
  void saw(RawRecord record, long time, long reached) {
    records.inc();
    long now = System.nanoTime();
    if (!warned || now - lastWarning > NANOS_BETWEEN_WARNINGS) {
      warned = true;
      lastWarning = now;
      LOG.warn(
          "The record at {} (topic/partition/offset) says that it happened at {} ms, which is more"
              + " than --max-ahead beyond {} ms, where its partition stands. It is counted like"
              + " any other, but does not move the watermark. Such records so far: {}.",
          record,
          time,
          reached,
          records.getCount());
    }
  }

  /** So many there were. */
  long count() {
    return records.getCount();
  }

  /** So many were ahead in a row that it is the data that has a gap. */
  void believed(RawRecord last, long time, long reached) {
    LOG.info(
        "{} records in a row up to {} are far ahead: their partition goes on from {} to {} ms.",
        PartitionTime.AGREEING,
        last,
        reached,
        time);
  }
}
