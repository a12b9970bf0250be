package io.wasmflink.window;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wasmflink.job.AnswerKey;
import io.wasmflink.job.JobComponents;
import io.wasmflink.job.RecordedMetrics;
import io.wasmflink.job.SampleCrime;
import io.wasmflink.job.SampleCrimes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows of the window operator against counting every window from the crimes. */
class AggregateWindowsTest {
  private static final int CRIMES = 400;
  private static final long END = Long.MAX_VALUE;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void everyDayEqualsCounting(long seed) throws Exception {
    List<SampleCrime> crimes = SampleCrimes.of(seed, CRIMES);
    JobComponents components = WindowHarness.components();
    assertRows(AnswerKey.totals(crimes), rows(components, "totals", false, crimes, seed));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 300, 30, 3, false",
    "1, 300, 30, 3, true",
    "2, 300, 30, 6, false",
    "2, 300, 30, 6, true",
    "3, 60, 25, 1, false",
    "3, 60, 25, 1, true",
    "4, 45, 45, 0, false",
    "4, 45, 45, 0, true",
    "5, 70, 30, 0, true",
    "6, 1440, 2, 5, true"
  })
  void everySlidingWindowEqualsCounting(
      long seed, int size, int slide, int threshold, boolean fromSlices) throws Exception {
    List<SampleCrime> crimes = SampleCrimes.of(seed, CRIMES);
    Set<ResultRow> expected =
        AnswerKey.anomalies(crimes, threshold, Duration.ofMinutes(size), Duration.ofMinutes(slide));
    assertTrue(expected.size() > 10, "the test must have rows, has " + expected.size());
    assertRows(
        expected,
        rows(WindowHarness.anomaly(size, slide, threshold), "anomaly", fromSlices, crimes, seed));
  }

  @ParameterizedTest
  @CsvSource({
    "totals, 1, false",
    "totals, 2, false",
    "anomaly, 1, false",
    "anomaly, 3, false",
    "anomaly, 1, true",
    "anomaly, 3, true"
  })
  void aRestoreInTheMiddleGivesTheSameRows(String aggregate, int instances, boolean fromSlices)
      throws Exception {
    List<SampleCrime> crimes = SampleCrimes.of(5, CRIMES);
    JobComponents components = WindowHarness.anomaly(300, 30, 3);
    List<Contribution> contributions =
        WindowHarness.contributions(components, aggregate, crimes, 1);
    for (int quarter = 1; quarter <= 3; quarter++) {
      int middle = contributions.size() * quarter / 4;
      List<ResultRow> rows = new ArrayList<>();
      OperatorSubtaskState snapshot;
      try (WindowHarness harness = WindowHarness.of(components, aggregate, fromSlices)) {
        harness.open();
        harness.add(contributions.subList(0, middle));
        harness.processWatermark(contributions.get(middle).sliceStart() - 1);
        snapshot = harness.snapshot(1, 1);
        rows.addAll(harness.rows());
      }
      for (int i = 0; i < instances; i++) {
        try (WindowHarness harness =
            WindowHarness.restored(components, aggregate, fromSlices, snapshot, instances, i)) {
          harness.add(
              WindowHarness.ofInstance(
                  contributions.subList(middle, contributions.size()), instances, i));
          harness.processWatermark(END);
          rows.addAll(harness.rows());
          assertStateIsGone(harness);
        }
      }
      assertRows(
          aggregate.equals("totals")
              ? AnswerKey.totals(crimes)
              : AnswerKey.anomalies(crimes, 3, Duration.ofHours(5), Duration.ofMinutes(30)),
          rows);
    }
  }

  @ParameterizedTest
  @CsvSource({"totals, false", "anomaly, false", "anomaly, true"})
  void stateIsGoneWhenTheWindowsAreOver(String aggregate, boolean fromSlices) throws Exception {
    List<SampleCrime> crimes = SampleCrimes.of(6, 50);
    JobComponents components = WindowHarness.components();
    try (WindowHarness harness = WindowHarness.of(components, aggregate, fromSlices)) {
      harness.open();
      harness.add(WindowHarness.contributions(components, aggregate, crimes, 7));
      assertTrue(harness.numKeyedStateEntries() > 0);
      assertTrue(harness.numEventTimeTimers() > 0);
      long last = crimes.get(crimes.size() - 1).time();
      harness.processWatermark(last + Duration.ofDays(1).toMillis());
      assertStateIsGone(harness);
    }
  }

  @Test
  void aRowComesOutWhenItsWindowIsOverAndNotBefore() throws Exception {
    JobComponents components = WindowHarness.components();
    List<SampleCrime> crimes = List.of(SampleCrime.theft(1, "2018-01-01T10:00"));
    try (WindowHarness harness = WindowHarness.of(components, "totals", false)) {
      harness.open();
      harness.add(WindowHarness.contributions(components, "totals", crimes, 1));
      harness.processWatermark(SampleCrime.millis("2018-01-02T00:00") - 2);
      assertEquals(List.of(), harness.rows());
      harness.processWatermark(SampleCrime.millis("2018-01-02T00:00") - 1);
      assertEquals(new ArrayList<>(AnswerKey.totals(crimes)), harness.rows());
    }
  }

  @Test
  void windowsTooLightForARowAreNotAsked() throws Exception {
    JobComponents components = WindowHarness.anomaly(30, 30, 2);
    RecordedMetrics metrics = new RecordedMetrics();
    try (WindowHarness harness = WindowHarness.of(components, "anomaly", false, metrics)) {
      harness.open();
      harness.add(
          WindowHarness.contributions(components, "anomaly", WindowHarness.thefts(2, "10:00"), 1));
      harness.processWatermark(SampleCrime.millis("2018-01-01T10:30"));
      assertEquals(1, metrics.count("windows"));
      assertEquals(1, metrics.count("windowsBelowWeight"));
      assertEquals(0, metrics.count("rows"));
      assertEquals(0, metrics.gauge("callNanos"), "nobody called the component");

      harness.add(
          WindowHarness.contributions(components, "anomaly", WindowHarness.thefts(3, "11:00"), 1));
      harness.processWatermark(SampleCrime.millis("2018-01-01T11:30"));
      assertEquals(2, metrics.count("windows"));
      assertEquals(1, metrics.count("windowsBelowWeight"));
      assertEquals(1, metrics.count("rows"));
      assertTrue(metrics.gauge("callNanos") > 0);
      assertEquals(0, metrics.gauge("traps"));
    }
  }

  @Test
  void contributionsThatComeWhenTheirWindowIsOverGoAside() throws Exception {
    JobComponents components = WindowHarness.components();
    List<Contribution> late =
        WindowHarness.contributions(components, "totals", WindowHarness.thefts(3, "10:00"), 3);
    try (WindowHarness harness = WindowHarness.of(components, "totals", false)) {
      harness.open();
      harness.processWatermark(SampleCrime.millis("2018-01-02T00:00"));
      harness.add(late);
      assertEquals(List.of(), harness.rows());
      assertEquals(late, harness.late());
      assertStateIsGone(harness);
    }
  }

  /** Contributions of mixed batch sizes, shuffled: windows must not depend on either. */
  private static List<ResultRow> rows(
      JobComponents components,
      String aggregate,
      boolean fromSlices,
      List<SampleCrime> crimes,
      long seed)
      throws Exception {
    List<Contribution> contributions = new ArrayList<>();
    int half = crimes.size() / 2;
    contributions.addAll(
        WindowHarness.contributions(components, aggregate, crimes.subList(0, half), 1));
    contributions.addAll(
        WindowHarness.contributions(
            components, aggregate, crimes.subList(half, crimes.size()), 64));
    Collections.shuffle(contributions, new Random(seed));
    try (WindowHarness harness = WindowHarness.of(components, aggregate, fromSlices)) {
      harness.open();
      harness.add(contributions);
      harness.processWatermark(END);
      assertStateIsGone(harness);
      return harness.rows();
    }
  }

  private static void assertStateIsGone(WindowHarness harness) {
    assertEquals(0, harness.numKeyedStateEntries());
    assertEquals(0, harness.numEventTimeTimers());
  }

  private static void assertRows(Set<ResultRow> expected, List<ResultRow> rows) {
    assertEquals(expected, new HashSet<>(rows));
    assertEquals(expected.size(), rows.size(), "each row once");
  }
}
