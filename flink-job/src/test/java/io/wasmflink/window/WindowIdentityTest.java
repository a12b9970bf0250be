package io.wasmflink.window;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wasmflink.job.JobComponents;
import io.wasmflink.job.SampleCrime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** State goes on under the component and the windows that it is of, and under no others. */
class WindowIdentityTest {
  private static final Path COMPONENTS =
      Path.of(System.getProperty("dist.directory"), "components");

  @ParameterizedTest
  @CsvSource({
    "300, 30, 600, 30, true, sliding windows of 5 h every 30 min, sliding windows of 10 h every 30 min",
    "300, 30, 600, 30, false, sliding windows of 5 h every 30 min, sliding windows of 10 h every 30 min",
    "300, 30, 300, 25, true, sliding windows of 5 h every 30 min, sliding windows of 5 h every 25 min",
    "300, 30, 300, 60, false, sliding windows of 5 h every 30 min, sliding windows of 5 h every 1 h",
  })
  void otherWindowsAreRefusedWithBothSides(
      int size, int slide, int otherSize, int otherSlide, boolean fromSlices, String was, String is)
      throws Exception {
    OperatorSubtaskState state =
        state(WindowHarness.anomaly(size, slide, 2), "anomaly", fromSlices);
    assertEquals(
        String.format(
            "The state that was restored for aggregate 'anomaly' is that of component anomaly with"
                + " %s and state version 1, but this job runs component anomaly with %s and state"
                + " version 1: start it with the component and the window settings that it had, or"
                + " without the state.",
            was, is),
        WindowHarness.refusal(
            WindowHarness.anomaly(otherSize, otherSlide, 2), "anomaly", fromSlices, state));
  }

  @Test
  void tumblingWindowsOfAnotherSizeAreRefused() throws Exception {
    OperatorSubtaskState state = state(new Tally(1440, 1440).writing(1), Tally.NAME, false);
    String refusal = WindowHarness.refusal(new Tally(90, 90).writing(1), Tally.NAME, false, state);
    assertTrue(refusal.contains("tumbling windows of 1 d and state version 1"), refusal);
    assertTrue(refusal.contains("tumbling windows of 90 min and state version 1"), refusal);
  }

  @Test
  void anotherComponentUnderTheSameNameIsRefused() throws Exception {
    OperatorSubtaskState state =
        state(
            WindowHarness.components(
                WindowHarness.only("mine", COMPONENTS.resolve("totals.wasm"))
                    .toArray(new String[0])),
            "mine",
            false);
    String refusal =
        WindowHarness.refusal(
            WindowHarness.components(
                WindowHarness.only("mine", COMPONENTS.resolve("anomaly.wasm"))
                    .toArray(new String[0])),
            "mine",
            false,
            state);
    assertTrue(
        refusal.contains(
            "is that of component totals with tumbling windows of 1 d and state version 1, but this"
                + " job runs component anomaly with sliding windows"),
        refusal);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void stateOfALaterVersionIsRefused(boolean fromSlices) throws Exception {
    Tally tally = new Tally(720, 240);
    OperatorSubtaskState state = state(tally.writing(2), Tally.NAME, fromSlices);
    String refusal = WindowHarness.refusal(tally.writing(1), Tally.NAME, fromSlices, state);
    assertTrue(refusal.contains("state version 2, but this job runs component upgraded"), refusal);
  }

  /** The header is not keyed state: it is there although no key is. */
  @Test
  void aJobThatHasSeenNothingYetIsRefusedToo() throws Exception {
    OperatorSubtaskState state;
    try (WindowHarness harness =
        WindowHarness.of(WindowHarness.anomaly(300, 30, 2), "anomaly", true)) {
      harness.open();
      state = harness.snapshot(1, 1);
    }
    String refusal =
        WindowHarness.refusal(WindowHarness.anomaly(600, 30, 2), "anomaly", true, state);
    assertTrue(refusal.contains("10 h"), refusal);
  }

  /**
   * Other bytes under the same name, with the same windows and state: that is how one is mended.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anotherDigestIsAnUpgrade(boolean fromSlices, @TempDir Path folder) throws Exception {
    byte[] wasm = Files.readAllBytes(COMPONENTS.resolve("anomaly.wasm"));
    byte[] mended = Arrays.copyOf(wasm, wasm.length + 4);
    // a custom section with the name "x" and nothing in it
    System.arraycopy(new byte[] {0, 2, 1, 'x'}, 0, mended, wasm.length, 4);
    Path file = Files.write(folder.resolve("mended.wasm"), mended);
    JobComponents before = WindowHarness.anomaly(300, 30, 2);
    List<String> flags = new ArrayList<>(WindowHarness.only("anomaly", file));
    flags.addAll(List.of("--set", "anomaly.threshold=2"));
    JobComponents after = WindowHarness.components(flags.toArray(new String[0]));
    assertTrue(
        !before.description("anomaly").digest().equals(after.description("anomaly").digest()));
    try (WindowHarness harness =
        WindowHarness.restored(
            after, "anomaly", fromSlices, state(before, "anomaly", fromSlices), 1, 0)) {
      harness.processWatermark(Long.MAX_VALUE);
      assertEquals(10, harness.rows().size());
    }
  }

  /** Without a contribution after the restore: the windows that are open give rows all the same. */
  @ParameterizedTest
  @CsvSource({"5, 2, 10, true", "5, 2, 10, false", "1, 5, 0, true", "1, 5, 0, false"})
  void aThresholdMayChange(int before, int after, int rows, boolean fromSlices) throws Exception {
    OperatorSubtaskState state =
        state(WindowHarness.anomaly(300, 30, before), "anomaly", fromSlices);
    try (WindowHarness harness =
        WindowHarness.restored(
            WindowHarness.anomaly(300, 30, after), "anomaly", fromSlices, state, 1, 0)) {
      harness.processWatermark(Long.MAX_VALUE);
      assertEquals(rows, harness.rows().size());
      assertEquals(0, harness.numKeyedStateEntries());
      assertEquals(0, harness.numEventTimeTimers());
    }
  }

  /** Four thefts at ten o'clock, in windows that are open. */
  private static OperatorSubtaskState state(
      JobComponents components, String aggregate, boolean fromSlices) throws Exception {
    try (WindowHarness harness = WindowHarness.of(components, aggregate, fromSlices)) {
      harness.open();
      harness.processWatermark(SampleCrime.millis("2018-01-01T09:00"));
      harness.add(
          WindowHarness.contributions(components, aggregate, WindowHarness.thefts(4, "10:00"), 1));
      return harness.snapshot(1, 1);
    }
  }
}
