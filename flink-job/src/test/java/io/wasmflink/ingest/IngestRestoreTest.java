package io.wasmflink.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.wasmflink.job.SampleCrime;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

/** What was late before a failure is late after it, on as many instances as there are then. */
class IngestRestoreTest {
  private static final String EARLY = "2018-01-05T00:00";
  private static final String LATER = "2018-01-08T00:00";
  private static final String LATE_FOR_BOTH = "2018-01-03T10:00";
  private static final String LATE_FOR_LATER = "2018-01-06T10:00";

  @Test
  void theGreatestWatermarkIsRestored() throws Exception {
    OperatorSubtaskState snapshot = snapshot(IngestHarness.instance(1, 0), EARLY);
    assertLate(IngestHarness.instance(1, 0), snapshot, 1);
  }

  @Test
  void aStateWithoutWatermarkMakesNothingLate() throws Exception {
    OperatorSubtaskState snapshot = snapshot(IngestHarness.instance(1, 0), null);
    assertLate(IngestHarness.instance(1, 0), snapshot, 0);
  }

  @Test
  void onFewerInstancesTheLeastOfAllHolds() throws Exception {
    OperatorSubtaskState all = two(EARLY, LATER);
    assertLate(IngestHarness.instance(1, 0), rescaled(all, 2, 1, 0), 1);
  }

  @Test
  void onMoreInstancesTheLeastOfAllHoldsOnEach() throws Exception {
    OperatorSubtaskState all = two(LATER, EARLY);
    for (int instance = 0; instance < 3; instance++) {
      assertLate(IngestHarness.instance(3, instance), rescaled(all, 2, 3, instance), 1);
    }
  }

  @Test
  void onAsManyInstancesPartitionsMayHaveMovedSoTheLeastHoldsToo() throws Exception {
    OperatorSubtaskState all = two(LATER, EARLY);
    for (int instance = 0; instance < 2; instance++) {
      assertLate(IngestHarness.instance(2, instance), rescaled(all, 2, 2, instance), 1);
    }
  }

  /** An instance without a partition never has a watermark, and does not hold windows back. */
  @Test
  void anIdleInstanceDoesNotMakeLateRecordsTimely() throws Exception {
    OperatorSubtaskState active = snapshot(IngestHarness.instance(2, 0), EARLY);
    OperatorSubtaskState idle;
    try (IngestHarness harness = IngestHarness.instance(2, 1)) {
      harness.open();
      harness.processWatermarkStatus(WatermarkStatus.IDLE);
      idle = harness.checkpoint(1);
    }
    OperatorSubtaskState all = AbstractStreamOperatorTestHarness.repackageState(active, idle);
    for (int instance = 0; instance < 2; instance++) {
      assertLate(IngestHarness.instance(2, instance), rescaled(all, 2, 2, instance), 1);
    }
  }

  @Test
  void whenAllAreIdleTheGreatestHoldsAsItDoesForTheWindows() throws Exception {
    OperatorSubtaskState[] idle = new OperatorSubtaskState[2];
    for (int instance = 0; instance < 2; instance++) {
      try (IngestHarness harness = IngestHarness.instance(2, instance)) {
        harness.open();
        harness.processWatermark(SampleCrime.millis(instance == 0 ? EARLY : LATER));
        harness.processWatermarkStatus(WatermarkStatus.IDLE);
        idle[instance] = harness.checkpoint(1);
      }
    }
    OperatorSubtaskState all = AbstractStreamOperatorTestHarness.repackageState(idle);
    assertLate(IngestHarness.instance(1, 0), rescaled(all, 2, 1, 0), 2);
  }

  /** Its windows are closed, and remember that; the time to go on from is the one before. */
  @Test
  void aDrainedJobGoesOnFromTheWatermarkBeforeTheGreatest() throws Exception {
    OperatorSubtaskState drained;
    try (IngestHarness harness = IngestHarness.instance(1, 0)) {
      harness.open();
      harness.processWatermark(SampleCrime.millis(EARLY));
      harness.processWatermark(Long.MAX_VALUE);
      drained = harness.checkpoint(1);
    }
    assertLate(IngestHarness.instance(1, 0), drained, 1);
  }

  /** Union state would end the checkpoints of a bounded job when its first instance is done. */
  @Test
  void aBoundedJobKeepsEachInstancesOwn() throws Exception {
    OperatorSubtaskState snapshot = snapshot(IngestHarness.bounded(2, 1), LATER);
    assertEquals(false, usesUnion(snapshot));
    assertLate(IngestHarness.bounded(2, 1), snapshot, 2);
    assertEquals(true, usesUnion(snapshot(IngestHarness.instance(2, 1), LATER)));
  }

  private static boolean usesUnion(OperatorSubtaskState snapshot) {
    return snapshot.getManagedOperatorState().stream()
        .flatMap(handle -> handle.getStateNameToPartitionOffsets().values().stream())
        .anyMatch(state -> state.getDistributionMode() == OperatorStateHandle.Mode.UNION);
  }

  private static OperatorSubtaskState snapshot(IngestHarness harness, String watermark)
      throws Exception {
    try (harness) {
      harness.open();
      if (watermark != null) {
        harness.processWatermark(SampleCrime.millis(watermark));
      }
      return harness.checkpoint(1);
    }
  }

  private static OperatorSubtaskState two(String first, String second) throws Exception {
    return AbstractStreamOperatorTestHarness.repackageState(
        snapshot(IngestHarness.instance(2, 0), first),
        snapshot(IngestHarness.instance(2, 1), second));
  }

  private static OperatorSubtaskState rescaled(OperatorSubtaskState all, int from, int to, int i) {
    return AbstractStreamOperatorTestHarness.repartitionOperatorState(
        all, IngestHarness.MAX_PARALLELISM, from, to, i);
  }

  /** Restores, and puts a record in that is late under both watermarks and one under the later. */
  private static void assertLate(IngestHarness harness, OperatorSubtaskState state, int expected)
      throws Exception {
    try (harness) {
      harness.initializeState(state);
      harness.open();
      harness.theft(LATE_FOR_BOTH);
      harness.theft(LATE_FOR_LATER);
      assertEquals(expected, harness.late().size());
      assertEquals(2 - expected, harness.counted("totals"));
    }
  }
}
