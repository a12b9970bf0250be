package io.wasmflink.source;

import java.time.Duration;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;

/**
 * How far one partition has come in event time: the greatest event time so far, less the bound of
 * out-of-orderness, as long as records are believable.
 *
 * <p>A record that is further ahead than a limit moves nothing, until {@value #AGREEING} records in
 * a row are. Then it is the data that has a gap, and the least of them counts. At the beginning
 * there is nothing to compare with: the first {@value #AGREEING} records are waited for, and the
 * least of them is where the partition stands. All of that depends on nothing but the order of
 * records in the partition, so a replay finds the same.
 */
final class PartitionTime implements WatermarkGenerator<RawRecord> {
  /** So many records in a row must agree. */
  static final int AGREEING = 10;

  /** Fewer than two say nothing about each other. */
  private static final int LEAST_TO_COMPARE = 2;

  private static final long NONE = Long.MIN_VALUE;

  private final long outOfOrderness;
  private final long maxAhead;
  private final TooFarAhead tooFarAhead;

  private long reached = NONE;
  private long emitted = NONE;

  /** The first records, until {@link #reached} is known. */
  private final RawRecord[] first = new RawRecord[AGREEING];

  private final long[] firstTimes = new long[AGREEING];
  private int firstCount;

  /** Records in a row that are too far ahead. */
  private int ahead;

  private long leastAhead;

  /**
   * @param maxAhead zero for no limit
   */
  PartitionTime(Duration outOfOrderness, Duration maxAhead, TooFarAhead tooFarAhead) {
    this.outOfOrderness = outOfOrderness.toMillis();
    this.maxAhead = maxAhead.toMillis();
    this.tooFarAhead = tooFarAhead;
  }

  /**
   * @param time {@link Long#MIN_VALUE} where the record has none
   */
  @Override
  public void onEvent(RawRecord record, long time, WatermarkOutput output) {
    if (time == NONE) {
      return;
    }
    if (maxAhead == 0) {
      reached = Math.max(reached, time);
    } else if (reached == NONE) {
      first[firstCount] = record;
      firstTimes[firstCount] = time;
      firstCount++;
      if (firstCount == AGREEING) {
        begin();
      }
    } else if (isTooFar(time, reached)) {
      leastAhead = ahead == 0 ? time : Math.min(leastAhead, time);
      ahead++;
      tooFarAhead.saw(record, time, reached);
      if (ahead == AGREEING) {
        tooFarAhead.believed(record, leastAhead, reached);
        reached = leastAhead;
        ahead = 0;
      }
    } else {
      reached = Math.max(reached, time);
      ahead = 0;
    }
  }

  /** Emits only what is new: whatever is emitted ends the idleness of a partition. */
  @Override
  public void onPeriodicEmit(WatermarkOutput output) {
    long watermark = watermark();
    if (watermark > emitted) {
      emitted = watermark;
      output.emitWatermark(new Watermark(watermark));
    }
  }

  /** The partition is read to its end: the records that came must do to begin with. */
  void settle() {
    if (reached == NONE && firstCount >= LEAST_TO_COMPARE) {
      begin();
    }
  }

  /** The last watermark that was emitted; {@link Long#MIN_VALUE} for none. */
  long emitted() {
    return emitted;
  }

  private void begin() {
    long least = firstTimes[0];
    for (int i = 1; i < firstCount; i++) {
      least = Math.min(least, firstTimes[i]);
    }
    reached = least;
    for (int i = 0; i < firstCount; i++) {
      if (isTooFar(firstTimes[i], least)) {
        tooFarAhead.saw(first[i], firstTimes[i], least);
      } else {
        reached = Math.max(reached, firstTimes[i]);
      }
      first[i] = null;
    }
  }

  private long watermark() {
    // No event time is so small in earnest, but a component may say so.
    return reached < NONE + outOfOrderness + 1 ? NONE : reached - outOfOrderness - 1;
  }

  private boolean isTooFar(long time, long than) {
    long difference = time - than;
    boolean overflowed = difference < 0;
    return time > than && (overflowed || difference > maxAhead);
  }
}
