package io.wasmflink.ingest;

import io.wasmflink.component.IngestResult;
import java.time.Duration;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices a producer that does not put event time into the Kafka timestamp: then watermarks say
 * nothing about the events, and most of them would be late.
 */
final class TimestampCheck {
  private static final Logger LOG = LoggerFactory.getLogger(TimestampCheck.class);
  private static final long TOLERANCE = Duration.ofDays(1).toMillis();

  private final Counter mismatches;
  private boolean warned;

  TimestampCheck(MetricGroup group) {
    mismatches = group.counter("timestampMismatches");
  }

  /** Whole batches are compared, so that one odd record gives no false alarm. */
  void check(Batch batch, IngestResult result) {
    if (result.eventCount() == 0) {
      return;
    }
    long least = Long.MAX_VALUE;
    long greatest = Long.MIN_VALUE;
    for (int i = 0; i < batch.count(); i++) {
      least = Math.min(least, batch.record(i).timestamp());
      greatest = Math.max(greatest, batch.record(i).timestamp());
    }
    if (!apart(least, greatest, result.minEventTime(), result.maxEventTime())) {
      return;
    }
    mismatches.inc();
    if (!warned) {
      warned = true;
      LOG.warn(
          "Kafka timestamps and event times disagree by more than a day: from {} on, records are"
              + " stamped {} to {} ms, but say of themselves that they happened from {} to {} ms."
              + " This producer does not stamp event time, so records will be late. Run the job"
              + " with --event-time payload.",
          batch.record(0),
          least,
          greatest,
          result.minEventTime(),
          result.maxEventTime());
    }
  }

  /** Whether two ranges of times are more than the tolerance apart. */
  static boolean apart(long least, long greatest, long leastEvent, long greatestEvent) {
    return leastEvent - TOLERANCE > greatest || greatestEvent + TOLERANCE < least;
  }
}
