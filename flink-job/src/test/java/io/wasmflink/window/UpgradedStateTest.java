package io.wasmflink.window;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wasmflink.job.JobComponents;
import io.wasmflink.job.SampleCrime;
import io.wasmflink.job.SampleCrimes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Windows, and the history behind them, through a component that has a later state version. */
class UpgradedStateTest {
  private static final List<SampleCrime> CRIMES = SampleCrimes.of(21, 400);

  /** Windows of half a day have more than enough crimes for a merged accumulator and some more. */
  @ParameterizedTest
  @CsvSource({
    "720, 720, false, 1",
    "720, 720, false, 2",
    "720, 240, false, 1",
    "720, 240, true, 1",
    "720, 240, true, 3",
  })
  void rowsAreThoseOfOneVersion(int size, int slide, boolean fromSlices, int instances)
      throws Exception {
    Tally tally = new Tally(size, slide);
    List<Contribution> before = contributions(tally.writing(1));
    List<Contribution> after = contributions(tally.writing(2));
    int middle = before.size() / 2;
    List<ResultRow> rows = new ArrayList<>();
    OperatorSubtaskState snapshot;
    try (WindowHarness harness = WindowHarness.of(tally.writing(1), Tally.NAME, fromSlices)) {
      harness.open();
      harness.add(before.subList(0, middle));
      harness.processWatermark(before.get(middle).sliceStart() - 1);
      rows.addAll(harness.rows());
      snapshot = harness.snapshot(1, 1);
    }
    assertTrue(rows.size() > 5, "some windows are over before: " + rows.size());
    for (int i = 0; i < instances; i++) {
      // what is not asked again is read as it is, so this one can't have been left as it was
      OperatorSubtaskState upgraded;
      try (WindowHarness harness =
          WindowHarness.restored(
              tally.writing(2), Tally.NAME, fromSlices, snapshot, instances, i)) {
        upgraded = harness.snapshot(2, 2);
        harness.add(WindowHarness.ofInstance(after.subList(middle, after.size()), instances, i));
        harness.processWatermark(Long.MAX_VALUE);
        rows.addAll(harness.rows());
      }
      WindowHarness.restored(tally.writing(2, "forgets=1"), Tally.NAME, fromSlices, upgraded, 1, 0)
          .close();
    }
    assertEquals(tally.rows(CRIMES), new HashSet<>(rows));
    assertEquals(tally.rows(CRIMES).size(), rows.size(), "each row once");
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void aVersionThatTheComponentCanNotReadIsRefusedInItsWords(boolean fromSlices) throws Exception {
    Tally tally = new Tally(720, 240);
    OperatorSubtaskState snapshot;
    try (WindowHarness harness = WindowHarness.of(tally.writing(1), Tally.NAME, fromSlices)) {
      harness.open();
      harness.add(contributions(tally.writing(1)).subList(0, 1));
      snapshot = harness.snapshot(1, 1);
    }
    String refusal =
        WindowHarness.refusal(tally.writing(2, "forgets=1"), Tally.NAME, fromSlices, snapshot);
    assertTrue(
        refusal.startsWith(
            "The state that was restored for aggregate 'upgraded' has state version 1, which its"
                + " component can't bring to version 2 ("),
        refusal);
    assertTrue(refusal.contains("upgraded has forgotten state version 1"), refusal);
    assertTrue(
        refusal.endsWith("): start the job with a component that can, or without the state."),
        refusal);
  }

  /** History outlives windows, and each key has its own. */
  @ParameterizedTest
  @CsvSource({"1440, 1440, false", "720, 240, false", "720, 240, true"})
  void historyGoesFromWindowToWindow(int size, int slide, boolean fromSlices) throws Exception {
    Tally tally = new Tally(size, slide);
    List<Contribution> contributions = contributions(tally.writing(2));
    try (WindowHarness harness = WindowHarness.of(tally.writing(2), Tally.NAME, fromSlices)) {
      harness.open();
      for (Contribution contribution : contributions) {
        harness.processWatermark(contribution.sliceStart() - 1);
        harness.add(List.of(contribution));
      }
      harness.processWatermark(Long.MAX_VALUE);
      assertEquals(tally.rows(CRIMES), new HashSet<>(harness.rows()));
      assertEquals(3, harness.numKeyedStateEntries(), "the history of three districts");
    }
  }

  private static List<Contribution> contributions(JobComponents components) {
    return WindowHarness.contributions(components, Tally.NAME, CRIMES, 1);
  }
}
