package io.wasmflink.window;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.wasmflink.job.JobComponents;
import io.wasmflink.job.SampleCrime;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A window that was over before a failure is over after it, however far behind the watermark begins
 * again: an instance of the source that comes back from idleness holds it back.
 */
class LateAfterRestoreTest {
  private static final long LONG_AFTER = SampleCrime.millis("2018-01-03T00:00");
  private static final long BEHIND = SampleCrime.millis("2018-01-01T05:00");

  @ParameterizedTest
  @CsvSource({"totals, false", "anomaly, false", "anomaly, true"})
  void aWindowThatIsOverIsNotOpenedAgain(String aggregate, boolean fromSlices) throws Exception {
    JobComponents components = WindowHarness.anomaly(300, 30, 2);
    OperatorSubtaskState snapshot;
    try (WindowHarness harness = WindowHarness.of(components, aggregate, fromSlices)) {
      harness.open();
      harness.add(contributions(components, aggregate, 5));
      harness.processWatermark(LONG_AFTER);
      assertFalse(harness.rows().isEmpty());
      snapshot = harness.snapshot(1, 1);
    }
    try (WindowHarness harness =
        WindowHarness.restored(components, aggregate, fromSlices, snapshot, 1, 0)) {
      List<Contribution> inBetween = contributions(components, aggregate, 3);
      harness.add(inBetween);
      harness.processWatermark(BEHIND);
      harness.add(inBetween);
      harness.processWatermark(Long.MAX_VALUE);
      assertEquals(List.of(), harness.rows(), "a partial row in the place of a full one");
      assertEquals(2 * inBetween.size(), harness.late().size());
    }
  }

  /** The next failure comes before the watermark is where it was at the first. */
  @ParameterizedTest
  @CsvSource({"totals, false", "anomaly, false", "anomaly, true"})
  void itIsRememberedThroughASecondRestore(String aggregate, boolean fromSlices) throws Exception {
    JobComponents components = WindowHarness.anomaly(300, 30, 2);
    OperatorSubtaskState snapshot;
    try (WindowHarness harness = WindowHarness.of(components, aggregate, fromSlices)) {
      harness.open();
      harness.processWatermark(LONG_AFTER);
      snapshot = harness.snapshot(1, 1);
    }
    try (WindowHarness harness =
        WindowHarness.restored(components, aggregate, fromSlices, snapshot, 1, 0)) {
      harness.processWatermark(BEHIND);
      snapshot = harness.snapshot(2, 2);
    }
    try (WindowHarness harness =
        WindowHarness.restored(components, aggregate, fromSlices, snapshot, 1, 0)) {
      harness.add(contributions(components, aggregate, 3));
      harness.processWatermark(Long.MAX_VALUE);
      assertEquals(List.of(), harness.rows());
    }
  }

  /** Instances of windows may stand at different watermarks: each key keeps that of its own. */
  @ParameterizedTest
  @CsvSource({"totals, false", "anomaly, false", "anomaly, true"})
  void afterRescalingEachKeyIsWhereItsInstanceWas(String aggregate, boolean fromSlices)
      throws Exception {
    JobComponents components = WindowHarness.anomaly(300, 30, 2);
    List<Contribution> all = contributionsOfManyKeys(components, aggregate);
    OperatorSubtaskState[] snapshots = new OperatorSubtaskState[2];
    for (int instance = 0; instance < 2; instance++) {
      try (WindowHarness harness =
          WindowHarness.instance(components, aggregate, fromSlices, 2, instance)) {
        harness.open();
        harness.processWatermark(instance == 0 ? LONG_AFTER : BEHIND);
        snapshots[instance] = harness.snapshot(1, 1);
      }
    }
    OperatorSubtaskState both = AbstractStreamOperatorTestHarness.repackageState(snapshots);
    try (WindowHarness harness =
        WindowHarness.restored(components, aggregate, fromSlices, both, 2, 1, 0)) {
      harness.add(all);
      harness.processWatermark(Long.MAX_VALUE);
      List<Contribution> expected = WindowHarness.ofInstance(all, 2, 0);
      assertFalse(expected.isEmpty() || expected.size() == all.size());
      assertEquals(expected, harness.late());
    }
  }

  /**
   * A job that is drained closes all windows, with what they have. They stay closed, for a row of
   * the rest alone would be wrong; all that is later counts.
   */
  @ParameterizedTest
  @CsvSource({"totals, false, 1", "anomaly, false, 10", "anomaly, true, 10"})
  void afterADrainOnlyWhatItClosedIsOver(String aggregate, boolean fromSlices, int windows)
      throws Exception {
    JobComponents components = WindowHarness.anomaly(300, 30, 2);
    OperatorSubtaskState snapshot;
    try (WindowHarness harness = WindowHarness.of(components, aggregate, fromSlices)) {
      harness.open();
      harness.add(contributions(components, aggregate, 5));
      harness.processWatermark(BEHIND);
      harness.processWatermark(Long.MAX_VALUE);
      assertEquals(windows, harness.rows().size());
      snapshot = harness.snapshot(1, 1);
    }
    try (WindowHarness harness =
        WindowHarness.restored(components, aggregate, fromSlices, snapshot, 1, 0)) {
      harness.add(contributions(components, aggregate, 3));
      assertEquals(3, harness.late().size());
      List<SampleCrime> later = new ArrayList<>();
      for (int id = 1; id <= 3; id++) {
        later.add(SampleCrime.theft(id, "2018-01-02T10:00"));
      }
      harness.add(WindowHarness.contributions(components, aggregate, later, 1));
      harness.processWatermark(SampleCrime.millis("2018-01-04T00:00"));
      assertEquals(windows, harness.rows().size());
      assertEquals(3, harness.late().size());
    }
  }

  private static List<Contribution> contributions(
      JobComponents components, String aggregate, int crimes) {
    return WindowHarness.contributions(
        components, aggregate, WindowHarness.thefts(crimes, "10:00"), 1);
  }

  private static List<Contribution> contributionsOfManyKeys(
      JobComponents components, String aggregate) {
    List<SampleCrime> crimes = new ArrayList<>();
    SampleCrime theft = SampleCrime.theft(1, "2018-01-01T10:00");
    for (int district = 1; district <= 20; district++) {
      crimes.add(
          new SampleCrime(district, theft.date, district, theft.type, false, false, theft.updated));
    }
    return WindowHarness.contributions(components, aggregate, crimes, 64);
  }
}
