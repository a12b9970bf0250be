package io.wasmflink.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wasmflink.job.SampleCrime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.junit.jupiter.api.Test;

class PartitionTimeTest {
  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final long START = SampleCrime.millis("2012-01-01T00:00");
  private static final long WRONG_YEAR = SampleCrime.millis("2102-01-01T00:00");
  private static final long BOUND = 20_000;

  private final List<Long> watermarks = new ArrayList<>();
  private PartitionTime partition = limited(Duration.ofDays(31));

  @Test
  void theWatermarkStaysBehindTheNewestRecordByTheOutOfOrderness() {
    days(0, 20);
    see(START);
    assertEquals(List.of(behind(START + 19 * DAY)), emitted());
  }

  @Test
  void itIsSentOnlyWhereItHasMoved() {
    days(0, 10);
    emitted();
    see(START);
    emitted();
    assertEquals(List.of(behind(START + 9 * DAY)), watermarks);
  }

  @Test
  void nothingIsSaidBeforeTheFirstRecordsCanBeCompared() {
    days(0, PartitionTime.AGREEING - 1);
    assertEquals(List.of(), emitted());
    days(9, 10);
    assertEquals(List.of(behind(START + 9 * DAY)), emitted());
  }

  @Test
  void wrongYearsAtTheBeginningMoveNothing() {
    see(WRONG_YEAR);
    see(WRONG_YEAR + 500 * DAY);
    days(0, 8);
    assertEquals(List.of(behind(START + 7 * DAY)), emitted());
  }

  @Test
  void wrongYearsInTheMiddleMoveNothing() {
    days(0, 20);
    for (int i = 0; i < PartitionTime.AGREEING - 1; i++) {
      see(WRONG_YEAR);
    }
    days(20, 30);
    see(WRONG_YEAR);
    assertEquals(List.of(behind(START + 29 * DAY)), emitted());
  }

  @Test
  void aGapPassesWhenTenInARowAgreeAndTheLeastOfThemCounts() {
    days(0, 10);
    days(400, 409);
    assertEquals(List.of(behind(START + 9 * DAY)), emitted());
    see(START + 399 * DAY);
    assertEquals(behind(START + 399 * DAY), emitted().get(1));
    days(409, 410);
    assertEquals(behind(START + 409 * DAY), emitted().get(2));
  }

  @Test
  void aWrongYearLongAgoAtTheBeginningHoldsNothingBackForLong() {
    see(START - 40_000 * DAY);
    days(0, 20);
    assertEquals(List.of(behind(START + 19 * DAY)), emitted());
  }

  @Test
  void fewRecordsMustDoWhereNoMoreCome() {
    see(WRONG_YEAR);
    partition.settle();
    assertEquals(List.of(), emitted(), "there is nothing to compare one record with");
    days(0, 2);
    partition.settle();
    assertEquals(List.of(behind(START + DAY)), emitted());
    see(START + 2 * DAY);
    assertEquals(behind(START + 2 * DAY), emitted().get(1), "no second beginning");
  }

  @Test
  void settlingBelievesNoRecordFromTheFuture() {
    days(0, 10);
    see(WRONG_YEAR);
    partition.settle();
    assertEquals(List.of(behind(START + 9 * DAY)), emitted());
  }

  @Test
  void withoutALimitTheGreatestTimeCounts() {
    partition = limited(Duration.ZERO);
    see(START);
    assertEquals(List.of(behind(START)), emitted());
    see(WRONG_YEAR);
    assertEquals(behind(WRONG_YEAR), emitted().get(1));
  }

  @Test
  void recordsWithoutATimeMoveNothing() {
    for (int i = 0; i < 2 * PartitionTime.AGREEING; i++) {
      see(Long.MIN_VALUE);
    }
    assertEquals(List.of(), emitted());
  }

  /** What a component says is its own affair: any number may come. */
  @Test
  void noTimeOverflows() {
    long[] extremes = {
      Long.MAX_VALUE, Long.MIN_VALUE + 1, Long.MAX_VALUE - 1, 0, Long.MIN_VALUE + 2, -1
    };
    for (Duration limit : List.of(Duration.ZERO, Duration.ofDays(31))) {
      for (long extreme : extremes) {
        partition = limited(limit);
        watermarks.clear();
        for (int i = 0; i < 3 * PartitionTime.AGREEING; i++) {
          see(extreme);
        }
        for (long watermark : emitted()) {
          assertTrue(watermark <= extreme, extreme + " gives " + watermark);
        }
      }
    }
    partition = limited(Duration.ofDays(31));
    watermarks.clear();
    for (int i = 0; i < PartitionTime.AGREEING; i++) {
      see(Long.MIN_VALUE + 1);
    }
    see(Long.MAX_VALUE);
    assertEquals(List.of(), emitted(), "so far ahead that the difference overflows");
  }

  @Test
  void eachIsCounted() {
    TooFarAhead tooFarAhead = new TooFarAhead(new UnregisteredMetricsGroup());
    partition = new PartitionTime(Duration.ofMillis(BOUND), Duration.ofDays(31), tooFarAhead);
    see(WRONG_YEAR);
    days(0, 20);
    see(WRONG_YEAR);
    see(START);
    assertEquals(2, tooFarAhead.count());
  }

  private static PartitionTime limited(Duration maxAhead) {
    return new PartitionTime(
        Duration.ofMillis(BOUND), maxAhead, new TooFarAhead(new UnregisteredMetricsGroup()));
  }

  private void days(int from, int to) {
    for (int day = from; day < to; day++) {
      see(START + day * DAY);
    }
  }

  private void see(long time) {
    partition.onEvent(new RawRecord(null, SampleCrime.TOPIC, 0, 0, time), time, new Recorder());
  }

  private static long behind(long time) {
    return time - BOUND - 1;
  }

  private List<Long> emitted() {
    partition.onPeriodicEmit(new Recorder());
    return watermarks;
  }

  private final class Recorder implements WatermarkOutput {
    @Override
    public void emitWatermark(Watermark watermark) {
      watermarks.add(watermark.getTimestamp());
    }

    @Override
    public void markIdle() {
      throw new AssertionError("idle");
    }

    @Override
    public void markActive() {
      throw new AssertionError("active");
    }
  }
}
