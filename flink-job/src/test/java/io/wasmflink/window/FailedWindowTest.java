package io.wasmflink.window;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wasmflink.ingest.DeadLetter;
import io.wasmflink.job.JobComponents;
import io.wasmflink.job.SampleCrime;
import io.wasmflink.job.SampleCrimes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.junit.jupiter.api.Test;

/** A component that fails in a window costs the window its row, not the job its task. */
class FailedWindowTest {
  private static final Path WASM =
      Path.of(System.getProperty("dist.directory"), "guests", "hostile-aggregate.wasm");

  private static JobComponents hostile(String function, String deed) {
    List<String> flags = WindowHarness.only("hostile", WASM);
    flags.addAll(List.of("--set", "hostile.in=" + function, "--set", "hostile.deed=" + deed));
    flags.addAll(List.of("--set", "hostile.on=always"));
    return WindowHarness.components(flags.toArray(new String[0]));
  }

  private static List<DeadLetter> letters(WindowHarness harness) {
    List<DeadLetter> letters = new ArrayList<>();
    Queue<StreamRecord<DeadLetter>> given = harness.getSideOutput(FailedWindow.TAG);
    if (given != null) {
      given.forEach(letter -> letters.add(letter.getValue()));
    }
    return letters;
  }

  /** All crimes of the sample in batches of one, then the end of time. */
  private static WindowHarness run(JobComponents components) throws Exception {
    WindowHarness harness = WindowHarness.of(components, "hostile", true);
    harness.open();
    List<SampleCrime> crimes = SampleCrimes.of(7, 400);
    for (Contribution contribution :
        WindowHarness.contributions(components, "hostile", crimes, 1)) {
      harness.processElement(contribution, contribution.sliceStart());
    }
    harness.processWatermark(Long.MAX_VALUE);
    return harness;
  }

  @Test
  void eachWindowThatCannotBeFinishedIsADeadLetterWithTheComponentsWords() throws Exception {
    int windows;
    try (WindowHarness honest = run(hostile("none", "none"))) {
      windows = honest.extractOutputValues().size();
      assertTrue(windows > 1, windows + " windows");
      assertEquals(List.of(), letters(honest));
    }
    for (String[] kind :
        new String[][] {
          {"refuse", "component hostile, finish: this is not mine"},
          {"trap", "component hostile failed in finish: as planned (tests/guests/misdeeds/src"},
          {"row-type", "column total_crimes is integer, found text"},
        }) {
      try (WindowHarness harness = run(hostile("finish", kind[0]))) {
        assertEquals(List.of(), harness.extractOutputValues());
        List<DeadLetter> letters = letters(harness);
        assertEquals(windows, letters.size());
        assertEquals(windows, letters.stream().map(DeadLetter::place).distinct().count());
        for (DeadLetter letter : letters) {
          assertEquals("window", letter.reason());
          assertEquals("hostile", letter.component());
          assertTrue(letter.detail().contains(kind[1]), letter.detail());
        }
      }
    }
  }

  @Test
  void aMergeThatFailsWaitsForTheEndOfTheWindow() throws Exception {
    List<ResultRow> rows;
    try (WindowHarness honest = run(hostile("none", "none"))) {
      rows = honest.extractOutputValues();
    }
    try (WindowHarness harness = run(hostile("merge", "trap"))) {
      assertEquals(rows, harness.extractOutputValues());
      assertEquals(List.of(), letters(harness));
    }
  }

  @Test
  void mergingThatFailsIsTriedAgainWhenTwiceAsManyWait() {
    JobComponents components = hostile("merge", "refuse");
    AggregateHandle handle =
        new AggregateHandle(
            components.aggregate("hostile"),
            components.description("hostile"),
            components.limits());
    MergeContributions merge = new MergeContributions(handle);
    Accumulator accumulator = merge.createAccumulator();
    for (int i = 1; i <= 100; i++) {
      long before = handle.aggregate().callNanos();
      Contribution one = new Contribution(new Key(new byte[] {1}), 0, 1, new byte[] {(byte) i});
      accumulator = merge.add(one, accumulator);
      assertEquals(
          i == 32 || i == 64, handle.aggregate().callNanos() > before, "contribution " + i);
    }
    assertEquals(100, accumulator.pendingCount());
    assertFalse(accumulator.hasMerged());
    handle.close();
  }

  @Test
  void aLetterNamesKeyAndSpan() {
    DeadLetter letter =
        FailedWindow.letter("totals", new Key(new byte[] {4, (byte) 0xff}), 0, 86_400_000, "words");
    assertEquals("totals/1970-01-01T00:00/04ff", letter.place());
    assertArrayEquals(
        ("{\"aggregate\":\"totals\",\"key\":\"04ff\",\"window_start\":\"1970-01-01T00:00\","
                + "\"window_end\":\"1970-01-02T00:00\"}")
            .getBytes(StandardCharsets.UTF_8),
        letter.value());
    assertEquals("1970-01-02T00:00", letter.origin().get("window-end"));
  }
}
