package io.wasmflink.component;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wasmflink.component.ComponentException.Code;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IngestTest {
  private static final int TOTALS = 0;
  private static final int ANOMALY = 1;
  private static final byte[] DISTRICT_4 = {4, 0};
  private static final byte[] DISTRICT_11 = {11, 0};

  private Ingest ingest;

  @BeforeEach
  void open() {
    ingest =
        new Ingest(
            Staged.decoder(),
            List.of(Staged.totals(), Staged.anomaly(Map.of())),
            true,
            Limits.defaults());
  }

  @AfterEach
  void close() {
    ingest.close();
  }

  @Test
  void goodValuesBecomeContributionsAndBadOnesRejects() {
    Values batch =
        new Values()
            .add(Values.crime(1, "2018-01-01T10:00:00", "004", "THEFT"))
            .add("")
            .add("no json")
            .add(Values.crime(2, "2018-01-01T10:20:00", "004", "THEFT"))
            .add(Values.crime(3, "2018-01-01T10:40:00", "011", "BATTERY"))
            .add(Values.crime(4, "yesterday", "004", "THEFT"))
            .add(Values.crime(5, "2018-01-02T00:00:00", "004", "THEFT"))
            .add(Values.crime(6, "2018-01-01T10:00:00", "", "THEFT"));

    IngestResult result = batch.into(ingest, Long.MIN_VALUE);

    assertEquals(
        Map.of("4@2018-01-01", 2L, "11@2018-01-01", 1L, "4@2018-01-02", 1L), totals(result));
    Contributions anomaly = result.contributions(ANOMALY);
    Map<String, Long> slices = new TreeMap<>();
    for (int i = 0; i < anomaly.size(); i++) {
      byte[] key = anomaly.key(i);
      String type = new String(key, 2, key.length - 2, StandardCharsets.UTF_8);
      slices.put(type + key[0] + "@" + anomaly.sliceStart(i), anomaly.weight(i));
    }
    assertEquals(
        Map.of(
            "THEFT4@" + Values.millis("2018-01-01T10:00"), 2L,
            "BATTERY11@" + Values.millis("2018-01-01T10:30"), 1L,
            "THEFT4@" + Values.millis("2018-01-02T00:00"), 1L),
        slices);

    assertEquals(4, result.rejectCount());
    assertReject(result, 0, 1, "empty-value");
    assertReject(result, 1, 2, "malformed-json");
    assertReject(result, 2, 5, "invalid-date");
    assertReject(result, 3, 7, "missing-district");
    assertTrue(result.rejectDetail(2).contains("yesterday"), result.rejectDetail(2));
    assertEquals(0, result.lateCount());
  }

  @Test
  void eventsTimesAndDocumentsAreCounted() {
    String far = Values.crime(9, "2018-01-03T00:00:00", "004", "THEFT").replace("41.88", "");
    Values batch =
        new Values().add(Values.crime(8, "2018-01-01T10:00:00", "004", "THEFT")).add(far);

    IngestResult result = batch.into(ingest, Long.MIN_VALUE);

    assertEquals(2, result.eventCount());
    assertEquals(1, result.withoutPosition());
    assertEquals(Values.millis("2018-01-01T10:00"), result.minEventTime());
    assertEquals(Values.millis("2018-01-03T00:00"), result.maxEventTime());
    assertEquals(1, result.documentCount());
    assertEquals("8", result.documentId(0));
    assertEquals(Values.millis("2018-02-10T15:50:01"), result.documentVersion(0));
    String body = new String(result.documentBody(0), StandardCharsets.UTF_8);
    assertTrue(body.startsWith("{\"location\":{\"lat\":41.88,\"lon\":-87.63}"), body);
    for (int component = 0; component < 3; component++) {
      assertTrue(result.callNanos(component) > 0);
      assertEquals(0, result.traps(component));
    }
  }

  @Test
  void documentsAreMadeOnlyWhereTheyAreWanted() {
    try (Ingest without =
        new Ingest(Staged.decoder(), List.of(Staged.totals()), false, Limits.defaults())) {
      Values batch = new Values().add(Values.crime(8, "2018-01-01T10:00:00", "004", "THEFT"));
      IngestResult result = batch.into(without, Long.MIN_VALUE);
      assertEquals(0, result.documentCount());
      assertEquals(1, result.contributions(TOTALS).size());
    }
  }

  @Test
  void lateIsLateForTheAggregateWhoseLastWindowIsOver() {
    Values batch =
        new Values()
            .add(Values.crime(1, "2018-01-01T10:00:00", "004", "THEFT"))
            .add(Values.crime(2, "2018-01-02T01:00:00", "004", "THEFT"))
            .add(Values.crime(3, "2018-01-02T09:00:00", "004", "THEFT"));

    IngestResult result = batch.into(ingest, Values.millis("2018-01-02T08:00:00"));

    assertEquals(2, result.lateCount());
    assertEquals(0, result.lateIndex(0));
    assertEquals(List.of("totals", "anomaly"), result.lateFor(0));
    assertEquals(1, result.lateIndex(1));
    assertEquals(List.of("anomaly"), result.lateFor(1));
    assertEquals(Map.of("4@2018-01-02", 2L), totals(result));
    assertEquals(1, result.contributions(ANOMALY).size());
    assertEquals(0, result.rejectCount());
  }

  @Test
  void onlyTheFirstOfTheArraysCounts() {
    Values batch =
        new Values()
            .add(Values.crime(1, "2018-01-01T10:00:00", "004", "THEFT"))
            .add(Values.crime(2, "2018-01-01T10:00:00", "011", "THEFT"));

    IngestResult result = ingest.ingest(batch.bytes(), batch.ends(), 1, Long.MIN_VALUE);

    assertEquals(Map.of("4@2018-01-01", 1L), totals(result));
  }

  @Test
  void anEmptyBatchGivesNothing() {
    IngestResult result = ingest.ingest(new byte[0], new int[0], 0, Long.MIN_VALUE);

    assertEquals(0, result.eventCount());
    assertEquals(0, result.rejectCount());
    assertEquals(0, result.contributions(TOTALS).size());
    assertEquals(Long.MAX_VALUE, result.minEventTime());
    assertEquals(Long.MIN_VALUE, result.maxEventTime());
  }

  @Test
  void largeAndSmallBatchesFollowEachOther() {
    for (int size : new int[] {1, 5_000, 3, 20_000, 0, 7}) {
      StringBuilder bytes = new StringBuilder();
      int[] ends = new int[size];
      for (int i = 0; i < size; i++) {
        bytes.append(Values.crime(i, "2018-01-01T10:00:00", "0" + (i % 20 + 1), "THEFT"));
        ends[i] = bytes.length();
      }
      byte[] values = bytes.toString().getBytes(StandardCharsets.UTF_8);
      IngestResult result = ingest.ingest(values, ends, size, Long.MIN_VALUE);
      assertEquals(size, result.eventCount());
      assertEquals(size, result.documentCount());
      assertEquals(size, totals(result).values().stream().mapToLong(Long::longValue).sum());
    }
  }

  @Test
  void textsOfAllLanguagesCross() {
    String odd = "\u0000\u00e9\u20ac\ud83d\ude00";
    Values batch =
        new Values()
            .add(Values.crime(1, odd.replace("\u0000", "?"), "004", "THEFT"))
            .add(Values.crime(2, "2018-01-01T10:00:00", "004", odd.replace("\u0000", "\\u0000")));

    IngestResult result = batch.into(ingest, Long.MIN_VALUE);

    assertReject(result, 0, 0, "invalid-date");
    assertTrue(result.rejectDetail(0).contains("\ud83d\ude00"), result.rejectDetail(0));
    byte[] key = result.contributions(ANOMALY).key(0);
    assertEquals(odd, new String(key, 2, key.length - 2, StandardCharsets.UTF_8));
  }

  @Test
  void aResultEndsWithTheNextBatch() {
    Values batch = new Values().add(Values.crime(1, "2018-01-01T10:00:00", "004", "THEFT"));
    IngestResult first = batch.into(ingest, Long.MIN_VALUE);
    Contributions contributions = first.contributions(TOTALS);
    assertArrayEquals(DISTRICT_4, contributions.key(0));
    batch.into(ingest, Long.MIN_VALUE);

    assertCode(Code.CLOSED, () -> contributions.key(0));
    assertCode(Code.CLOSED, () -> contributions.partial(0));
    assertCode(Code.CLOSED, () -> contributions.weight(0));
    assertCode(Code.CLOSED, () -> contributions.sliceStart(0));
    assertCode(Code.CLOSED, () -> first.documentId(0));
    assertCode(Code.CLOSED, () -> first.documentBody(0));
    assertCode(Code.CLOSED, () -> first.documentVersion(0));
    assertCode(Code.CLOSED, () -> first.callNanos(0));
  }

  @Test
  void aResultOutlivesItsIngest() {
    Values batch = new Values().add(Values.crime(1, "2018-01-01T10:00:00", "011", "THEFT"));
    IngestResult result = batch.into(ingest, Long.MIN_VALUE);
    ingest.close();
    assertArrayEquals(DISTRICT_11, result.contributions(TOTALS).key(0));
  }

  @Test
  void aComponentThatFailsOnValuesRejectsThem() {
    // a megabyte is enough for one value, but not for a batch of a megabyte
    Limits limits = new Limits(3 << 20, Duration.ofSeconds(1));
    try (Ingest small = new Ingest(Staged.decoder(), List.of(Staged.totals()), false, limits)) {
      Values batch = new Values();
      String filler = ",\"Block\":\"" + "x".repeat(500_000) + "\"}";
      for (int i = 0; i < 8; i++) {
        String crime = Values.crime(i, "2018-01-01T10:00:00", "004", "THEFT");
        batch.add(crime.substring(0, crime.length() - 1) + filler);
      }
      IngestResult result = batch.into(small, Long.MIN_VALUE);
      assertEquals(8, result.eventCount() + result.rejectCount());
      assertTrue(result.traps(0) > 0, "the whole batch fitted");
      assertEquals(8L, totals(result).values().stream().mapToLong(Long::longValue).sum());
    }
  }

  @Test
  void closingTwiceIsOnceAndUseAfterItIsRefused() {
    ingest.close();
    ingest.close();
    assertCode(Code.CLOSED, () -> ingest.ingest(new byte[0], new int[0], 0, 0));
  }

  static void assertCode(Code code, org.junit.jupiter.api.function.Executable call) {
    ComponentException refusal = assertThrows(ComponentException.class, call);
    assertEquals(code, refusal.code(), refusal.getMessage());
  }

  private static Map<String, Long> totals(IngestResult result) {
    Contributions contributions = result.contributions(TOTALS);
    Map<String, Long> weights = new TreeMap<>();
    for (int i = 0; i < contributions.size(); i++) {
      long day = Duration.ofMillis(contributions.sliceStart(i)).toDays();
      weights.merge(
          contributions.key(i)[0] + "@" + java.time.LocalDate.ofEpochDay(day),
          contributions.weight(i),
          Long::sum);
    }
    return weights;
  }

  private static void assertReject(IngestResult result, int reject, int index, String reason) {
    assertEquals(index, result.rejectIndex(reject));
    assertEquals(reason, result.rejectReason(reject));
    assertNull(result.rejectComponent(reject));
  }
}
