package io.wasmflink.ingest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wasmflink.job.SampleCrime;
import io.wasmflink.source.RawRecord;
import io.wasmflink.window.Contribution;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamElement;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.junit.jupiter.api.Test;

/** When a batch goes to the components. */
class IngestFlushTest {
  private static final int NEVER_FULL = 1_000;

  @Test
  void aBatchIsFlushedWhenItHasAllItsRecords() throws Exception {
    try (IngestHarness harness = IngestHarness.opened(3)) {
      harness.theft("2018-01-01T10:00");
      harness.theft("2018-01-01T10:01");
      assertEquals(0, harness.counted("totals"));
      harness.theft("2018-01-01T10:02");
      assertEquals(3, harness.counted("totals"));
      assertEquals(3, harness.counted("anomaly"));
      assertEquals(3, harness.side(IngestOutputs.DOCUMENTS).size());
      harness.theft("2018-01-01T10:03");
      assertEquals(3, harness.counted("totals"));
    }
  }

  @Test
  void aBatchIsFlushedBeforeItHasTooManyBytes() throws Exception {
    byte[] third = filler(IngestOperator.MAX_BATCH_BYTES / 3 + 1);
    try (IngestHarness harness = IngestHarness.opened(NEVER_FULL)) {
      harness.value(third);
      harness.value(third);
      assertEquals(0, harness.rejected().size());
      harness.value(third);
      assertEquals(2, harness.rejected().size());
      harness.value(filler(IngestOperator.MAX_BATCH_BYTES + 5));
      assertEquals(4, harness.rejected().size());
      harness.theft("2018-01-01T10:00");
      assertEquals(0, harness.counted("totals"));
    }
  }

  @Test
  void whatIsInABatchComesOutBeforeTheWatermark() throws Exception {
    try (IngestHarness harness = IngestHarness.opened(NEVER_FULL)) {
      harness.theft("2018-01-01T10:00");
      assertEquals(0, harness.counted("totals"));
      long watermark = SampleCrime.millis("2018-01-01T10:00");
      harness.processWatermark(watermark);
      assertEquals(1, harness.counted("totals"));
      assertEquals(List.of(new Watermark(watermark)), new ArrayList<>(harness.getOutput()));
    }
  }

  @Test
  void contributionsAreStampedWithTheirSlice() throws Exception {
    try (IngestHarness harness = IngestHarness.opened(1)) {
      harness.theft("2018-01-01T10:47");
      for (StreamRecord<Contribution> record :
          harness.getSideOutput(IngestOutputs.contributions("anomaly"))) {
        assertEquals(SampleCrime.millis("2018-01-01T10:30"), record.getTimestamp());
        assertEquals(record.getTimestamp(), record.getValue().sliceStart());
      }
      for (StreamRecord<Contribution> record :
          harness.getSideOutput(IngestOutputs.contributions("totals"))) {
        assertEquals(SampleCrime.millis("2018-01-01T00:00"), record.getTimestamp());
      }
    }
  }

  @Test
  void aBatchIsFlushedWhenItsTimeIsOver() throws Exception {
    long timeout = IngestHarness.BATCH_TIMEOUT.toMillis();
    try (IngestHarness harness = IngestHarness.opened(2)) {
      harness.setProcessingTime(100);
      harness.theft("2018-01-01T10:00");
      harness.setProcessingTime(100 + timeout - 1);
      assertEquals(0, harness.counted("totals"));
      harness.setProcessingTime(100 + timeout);
      assertEquals(1, harness.counted("totals"));
    }
  }

  @Test
  void theTimeIsThatOfTheBatchAndNotOfOneBefore() throws Exception {
    long timeout = IngestHarness.BATCH_TIMEOUT.toMillis();
    try (IngestHarness harness = IngestHarness.opened(2)) {
      harness.setProcessingTime(100);
      harness.theft("2018-01-01T10:00");
      harness.theft("2018-01-01T10:00");
      assertEquals(2, harness.counted("totals"));
      harness.setProcessingTime(105);
      harness.theft("2018-01-01T10:00");
      harness.setProcessingTime(100 + timeout);
      assertEquals(2, harness.counted("totals"), "the timer of the batch before rings");
      harness.setProcessingTime(105 + timeout);
      assertEquals(3, harness.counted("totals"));
      assertEquals(0, harness.getProcessingTimeService().getNumActiveTimers());
    }
  }

  @Test
  void aBatchIsFlushedBeforeAChannelTurnsIdle() throws Exception {
    try (IngestHarness harness = IngestHarness.opened(NEVER_FULL)) {
      harness.theft("2018-01-01T10:00");
      harness.processWatermarkStatus(WatermarkStatus.IDLE);
      assertEquals(1, harness.counted("totals"));
      List<StreamElement> out = new ArrayList<>();
      harness.getOutput().forEach(element -> out.add((StreamElement) element));
      assertEquals(List.of(WatermarkStatus.IDLE), out);
    }
  }

  @Test
  void theLastBatchIsFlushedAtTheEndOfInput() throws Exception {
    try (IngestHarness harness = IngestHarness.opened(NEVER_FULL)) {
      harness.theft("2018-01-01T10:00");
      harness.endInput();
      harness.getOperator().finish();
      assertEquals(1, harness.counted("totals"));
    }
  }

  /** Flink sends no watermark on an idle channel, so not the last one either. */
  @Test
  void anIdleInstanceEndsEventTimeWhenItEnds() throws Exception {
    try (IngestHarness harness = IngestHarness.opened(NEVER_FULL)) {
      harness.processWatermarkStatus(WatermarkStatus.IDLE);
      harness.endInput();
      harness.getOperator().finish();
      List<StreamElement> out = new ArrayList<>();
      harness.getOutput().forEach(element -> out.add((StreamElement) element));
      assertEquals(
          List.of(WatermarkStatus.IDLE, WatermarkStatus.ACTIVE, Watermark.MAX_WATERMARK), out);
    }
  }

  @Test
  void noRecordIsInABatchWhenASnapshotIsTaken() throws Exception {
    OperatorSubtaskState snapshot;
    try (IngestHarness harness = IngestHarness.opened(NEVER_FULL)) {
      harness.theft("2018-01-01T10:00");
      harness.theft("2018-01-01T10:01");
      harness.prepareSnapshotPreBarrier(1);
      assertEquals(2, harness.counted("totals"));
      snapshot = harness.snapshot(1, 1);
    }
    try (IngestHarness restored = new IngestHarness(NEVER_FULL)) {
      restored.initializeState(snapshot);
      restored.open();
      restored.endInput();
      restored.getOperator().finish();
      assertEquals(0, restored.counted("totals"));
    }
  }

  @Test
  void aBatchGrowsWithItsValuesAndForgetsThemWhenCleared() {
    Batch batch = new Batch(2, 1 << 20);
    byte[] large = filler(200_000);
    large[large.length - 1] = '!';
    batch.add(SampleCrime.theft(1, "2018-01-01T10:00").record(0, 0));
    int first = batch.ends()[0];
    batch.add(new RawRecord(large, "crime", 0, 1, 0));
    assertTrue(batch.isFull());
    assertEquals(first + large.length, batch.ends()[1]);
    assertArrayEquals(large, Arrays.copyOfRange(batch.values(), first, batch.ends()[1]));
    batch.clear();
    assertTrue(batch.isEmpty());
    assertTrue(batch.fits(new RawRecord(null, "crime", 0, 2, 0)));
  }

  private static byte[] filler(int length) {
    byte[] value = new byte[length];
    Arrays.fill(value, (byte) 'x');
    return value;
  }
}
