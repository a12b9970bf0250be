package io.wasmflink.ingest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wasmflink.job.RecordedMetrics;
import io.wasmflink.job.SampleCrime;
import io.wasmflink.source.RawRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.junit.jupiter.api.Test;

/** What becomes of records that are not counted, and what is counted of all. */
class IngestDeadLettersTest {
  @Test
  void aRejectedRecordSaysWhereItWasAndWhyAndKeepsItsBytes() throws Exception {
    byte[] garbage = "no json \u0000 at all".getBytes(StandardCharsets.UTF_8);
    try (IngestHarness harness = IngestHarness.opened(3)) {
      harness.theft("2018-01-01T10:00");
      harness.value(garbage);
      harness.theft("2018-01-01T10:00");
      assertEquals(2, harness.counted("totals"));
      assertEquals(1, harness.rejected().size());
      DeadLetter letter = harness.rejected().get(0);
      assertEquals("malformed-json", letter.reason());
      assertTrue(letter.detail().contains("column 2"), letter.detail());
      assertEquals("", letter.component());
      assertEquals("", letter.lateFor());
      assertEquals("crime/3/1", letter.place());
      assertArrayEquals(garbage, letter.value());
    }
  }

  @Test
  void aTombstoneIsRejectedAndStaysNull() throws Exception {
    try (IngestHarness harness = IngestHarness.opened(2)) {
      harness.value(null);
      harness.theft("2018-01-01T10:00");
      assertEquals(1, harness.counted("totals"));
      DeadLetter letter = harness.rejected().get(0);
      assertEquals("empty-value", letter.reason());
      assertNull(letter.value());
    }
  }

  @Test
  void aRecordWithoutDistrictIsRejectedForTheWindowsAndStaysOnTheMap() throws Exception {
    String json =
        new String(SampleCrime.theft(1, "2018-01-01T10:00").json(), StandardCharsets.UTF_8);
    try (IngestHarness harness = IngestHarness.opened(1)) {
      harness.value(json.replace("\"004\"", "\"\"").getBytes(StandardCharsets.UTF_8));
      assertEquals(0, harness.counted("totals"));
      assertEquals(List.of("missing-district"), reasons(harness.rejected()));
      assertEquals("1", harness.side(IngestOutputs.DOCUMENTS).get(0).id());
    }
  }

  @Test
  void aLateRecordSaysForWhichAggregates() throws Exception {
    try (IngestHarness harness = IngestHarness.opened(1)) {
      harness.processWatermark(SampleCrime.millis("2018-01-01T20:00"));
      harness.theft("2018-01-01T15:30");
      assertEquals(List.of(), harness.late());
      harness.theft("2018-01-01T10:00");
      harness.theft("2017-12-31T10:00");
      assertEquals(
          List.of("anomaly", "anomaly,totals"),
          harness.late().stream().map(DeadLetter::lateFor).collect(Collectors.toList()));
      assertEquals(List.of("late", "late"), reasons(harness.late()));
      DeadLetter first = harness.late().get(0);
      assertEquals("crime/3/1", first.place());
      assertArrayEquals(SampleCrime.theft(1_001, "2018-01-01T10:00").json(), first.value());
      String watermark = String.valueOf(SampleCrime.millis("2018-01-01T20:00"));
      assertTrue(first.detail().contains(watermark), first.detail());
      assertEquals(1, harness.counted("anomaly"));
      assertEquals(2, harness.counted("totals"));
    }
  }

  @Test
  void everythingIsCountedInFlinksRegistry() throws Exception {
    RecordedMetrics metrics = new RecordedMetrics();
    try (IngestHarness harness = new IngestHarness(4, metrics)) {
      harness.open();
      harness.processWatermark(SampleCrime.millis("2018-01-01T20:00"));
      harness.theft("2018-01-01T19:00");
      harness.theft("2018-01-01T10:00");
      harness.value(null);
      harness.value("[]".getBytes(StandardCharsets.UTF_8));
      harness.theft("2017-12-31T10:00");
      harness.prepareSnapshotPreBarrier(1);

      assertEquals(5, metrics.count("records"));
      assertEquals(3, metrics.count("events"));
      assertEquals(2, metrics.count("rejects"));
      assertEquals(1, metrics.count("reason.empty-value.rejects"));
      assertEquals(1, metrics.count("reason.not-an-object.rejects"));
      assertEquals(2, metrics.count("late"));
      assertEquals(2, metrics.count("lateFor.anomaly.late"));
      assertEquals(1, metrics.count("lateFor.totals.late"));
      assertEquals(0, metrics.count("withoutPosition"));
      Histogram sizes = (Histogram) metrics.metric("batchSize");
      assertEquals(2, sizes.getCount());
      assertEquals(4, sizes.getStatistics().getMax());
      assertEquals(1, sizes.getStatistics().getMin());
      for (String component : List.of("decoder", "totals", "anomaly")) {
        assertTrue(metrics.count("component." + component + ".callNanos") > 0, component);
        assertEquals(0, metrics.count("component." + component + ".traps"));
      }
    }
  }

  @Test
  void timestampsThatAreNotEventTimesAreNoticed() throws Exception {
    RecordedMetrics metrics = new RecordedMetrics();
    try (IngestHarness harness = new IngestHarness(1, metrics)) {
      harness.open();
      harness.theft("2018-01-01T10:00");
      assertEquals(0, metrics.count("timestampMismatches"));
      byte[] value = SampleCrime.theft(1, "2018-01-01T10:00").json();
      long sent = SampleCrime.millis("2026-01-01T10:00");
      harness.processElement(
          new StreamRecord<>(new RawRecord(value, SampleCrime.TOPIC, 0, 0, sent), sent));
      assertEquals(1, metrics.count("timestampMismatches"));
    }
  }

  @Test
  void aDayBetweenTimestampsAndEventTimesIsTolerated() {
    long day = 24 * 60 * 60 * 1000;
    assertEquals(false, TimestampCheck.apart(0, 10, 10 + day, 20 + day));
    assertEquals(true, TimestampCheck.apart(0, 10, 11 + day, 20 + day));
    assertEquals(false, TimestampCheck.apart(20 + day, 30 + day, 0, 20));
    assertEquals(true, TimestampCheck.apart(21 + day, 30 + day, 0, 20));
  }

  private static List<String> reasons(List<DeadLetter> letters) {
    return letters.stream().map(DeadLetter::reason).collect(Collectors.toList());
  }
}
