package io.wasmflink.window;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wasmflink.job.JobComponents;
import io.wasmflink.job.RecordedMetrics;
import io.wasmflink.job.SampleCrime;
import io.wasmflink.job.SampleCrimes;
import io.wasmflink.types.RoundTrip;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Windows from slices beside Flink's own, which are the reference. */
class SlidingFromSlicesTest {
  /** Contributions out of order while the watermark moves on, some of them late. */
  @ParameterizedTest
  @CsvSource({
    "1, 300, 30, 2",
    "2, 300, 30, 0",
    "3, 70, 25, 1",
    "4, 30, 30, 0",
    "5, 300, 7, 3",
    "6, 90, 60, 1"
  })
  void rowsAndLateContributionsAreThoseOfFlinksOwn(long seed, int size, int slide, int threshold)
      throws Exception {
    JobComponents components = WindowHarness.anomaly(size, slide, threshold);
    List<Contribution> contributions =
        WindowHarness.contributions(components, "anomaly", SampleCrimes.of(seed, 600), 1);
    Random random = new Random(seed);
    List<Object> steps = steps(contributions, random, size);
    try (WindowHarness slices = WindowHarness.of(components, "anomaly", true);
        WindowHarness flinks = WindowHarness.of(components, "anomaly", false)) {
      slices.open();
      flinks.open();
      for (Object step : steps) {
        for (WindowHarness harness : List.of(slices, flinks)) {
          if (step instanceof Contribution) {
            harness.add(List.of((Contribution) step));
          } else {
            harness.processWatermark((Long) step);
          }
        }
        assertEquals(new HashSet<>(flinks.rows()), new HashSet<>(slices.rows()), "at " + step);
      }
      assertTrue(flinks.rows().size() > 20, "the test must have rows: " + flinks.rows().size());
      assertEquals(flinks.rows().size(), slices.rows().size(), "each row once");
      assertTrue(!flinks.late().isEmpty(), "the test must have late contributions");
      assertEquals(flinks.late(), slices.late());
      assertEquals(0, slices.numKeyedStateEntries());
      assertEquals(0, slices.numEventTimeTimers());
    }
  }

  @Test
  void aKeyIsOneStateEntryAndLightWindowsHaveNoTimers() throws Exception {
    JobComponents components = WindowHarness.anomaly(300, 30, 2);
    RecordedMetrics metrics = new RecordedMetrics();
    try (WindowHarness harness = WindowHarness.of(components, "anomaly", true, metrics)) {
      harness.open();
      harness.add(contributions(components, WindowHarness.thefts(2, "10:00")));
      assertEquals(1, harness.numKeyedStateEntries());
      assertEquals(1, harness.numEventTimeTimers(), "the one that takes slices away");
      harness.add(contributions(components, WindowHarness.thefts(1, "12:10")));
      assertEquals(1, harness.numKeyedStateEntries());
      // windows that begin at 07:30 to 10:00 have all three, the key has the timer of the first
      assertEquals(1, harness.numEventTimeTimers());
      harness.processWatermark(SampleCrime.millis("2018-01-01T12:29:59.999"));
      assertEquals(1, harness.rows().size());
      harness.processWatermark(SampleCrime.millis("2018-01-01T15:00"));
      assertEquals(6, harness.rows().size());
      assertEquals(6, metrics.count("windows"));
      assertEquals(1, harness.numKeyedStateEntries(), "the slice of 12:00 is still waited for");
      harness.processWatermark(SampleCrime.millis("2018-01-01T17:00"));
      assertEquals(6, harness.rows().size());
      assertEquals(0, harness.numKeyedStateEntries());
      assertEquals(0, harness.numEventTimeTimers());
    }
  }

  /** A savepoint, and a lower threshold behind it: windows that are open have no timers yet. */
  @Test
  void aLowerThresholdCountsForOpenWindowsToo() throws Exception {
    JobComponents before = WindowHarness.anomaly(300, 30, 5);
    OperatorSubtaskState snapshot;
    try (WindowHarness harness = WindowHarness.of(before, "anomaly", true)) {
      harness.open();
      harness.add(contributions(before, WindowHarness.thefts(4, "10:00")));
      snapshot = harness.snapshot(1, 1);
    }
    JobComponents after = WindowHarness.anomaly(300, 30, 2);
    try (WindowHarness harness = WindowHarness.restored(after, "anomaly", true, snapshot, 1, 0)) {
      harness.add(contributions(after, WindowHarness.thefts(1, "12:10")));
      harness.processWatermark(Long.MAX_VALUE);
      assertEquals(10, harness.rows().size(), "every window that contains 10:00");
    }
  }

  @Test
  void slicesKeepTheirOrderThroughACheckpoint() throws IOException {
    Slices.Serializer serializer = new Slices.Serializer();
    Slices slices = Slices.none().withTimer(7);
    for (long start : new long[] {30, 10, 20}) {
      byte[][] parts = {{(byte) start}};
      slices = slices.with(slices.find(start), start, Accumulator.of(start, parts, false));
    }
    Slices read = RoundTrip.of(slices, serializer);
    assertEquals(7, read.timer());
    assertEquals(List.of(10L, 20L, 30L), List.of(read.start(0), read.start(1), read.start(2)));
    assertEquals(30, read.weight(10, 30));
    assertEquals(50, read.weight(11, 31));
    assertEquals(1, read.find(20));
    assertEquals(2, read.without(new WindowShape(10, 10), 19).size());
    RoundTrip.assertSnapshotIsCompatible(serializer);
  }

  /** Contributions within an hour of their order, and watermarks that leave some of them behind. */
  private static List<Object> steps(
      List<Contribution> contributions, Random random, int sizeMinutes) {
    List<Contribution> ordered = new ArrayList<>(contributions);
    ordered.sort((one, other) -> Long.compare(one.sliceStart(), other.sliceStart()));
    List<Object> steps = new ArrayList<>();
    long newest = Long.MIN_VALUE;
    long watermark = Long.MIN_VALUE;
    while (!ordered.isEmpty()) {
      int ahead = random.nextInt(20) == 0 ? 40 : 8;
      Contribution next = ordered.remove(random.nextInt(Math.min(ordered.size(), ahead)));
      steps.add(next);
      newest = Math.max(newest, next.sliceStart());
      long behind = Duration.ofMinutes(random.nextInt(2 * sizeMinutes)).toMillis();
      if (random.nextInt(4) == 0 && newest - behind > watermark) {
        watermark = newest - behind;
        steps.add(watermark);
      }
    }
    Contribution old = contributions.get(0);
    steps.add(old);
    steps.add(Long.MAX_VALUE);
    return steps;
  }

  private static List<Contribution> contributions(
      JobComponents components, List<SampleCrime> crimes) {
    return WindowHarness.contributions(components, "anomaly", crimes, 64);
  }
}
