package io.wasmflink.window;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wasmflink.job.JobComponents;
import io.wasmflink.job.SampleCrime;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Accumulators as windows fill and merge them. */
class MergeContributionsTest {
  private static final JobComponents COMPONENTS = WindowHarness.components();

  private final AggregateHandle handle =
      new AggregateHandle(
          COMPONENTS.aggregate("totals"), COMPONENTS.description("totals"), COMPONENTS.limits());
  private final MergeContributions merge = new MergeContributions(handle);

  @AfterEach
  void close() {
    handle.close();
  }

  @Test
  void partialsWaitUntilThereAreEnoughToBeWorthACall() {
    Accumulator accumulator = merge.createAccumulator();
    int count = 0;
    for (Contribution contribution : single(100)) {
      accumulator = merge.add(contribution, accumulator);
      count++;
      assertEquals(count, accumulator.weight());
      assertEquals(count % MergeContributions.MAX_PENDING, accumulator.pendingCount());
      assertEquals(count >= MergeContributions.MAX_PENDING, accumulator.hasMerged());
    }
    assertArrayEquals(whole(100), flat(accumulator));
    assertSame(accumulator, merge.getResult(accumulator));
  }

  @Test
  void addingDoesNotChangeTheAccumulatorThatOtherWindowsShare() {
    List<Contribution> contributions = single(3);
    Accumulator one = merge.add(contributions.get(0), merge.createAccumulator());
    Accumulator left = merge.add(contributions.get(1), one);
    Accumulator right = merge.add(contributions.get(2), one);
    assertEquals(1, one.parts().length);
    assertSame(contributions.get(1).partial(), left.parts()[1]);
    assertSame(contributions.get(2).partial(), right.parts()[1]);
  }

  @Test
  void windowsThatGrowTogetherHoldBothContents() {
    List<Contribution> contributions = single(70);
    for (int[] split : new int[][] {{0, 70}, {1, 2}, {20, 31}, {33, 66}, {70, 70}}) {
      Accumulator one = filled(contributions.subList(0, split[0]));
      Accumulator other = filled(contributions.subList(split[0], split[1]));
      Accumulator rest = filled(contributions.subList(split[1], 70));
      Accumulator all = merge.merge(merge.merge(one, other), rest);
      assertEquals(70, all.weight());
      assertTrue(all.pendingCount() < MergeContributions.MAX_PENDING);
      assertArrayEquals(whole(70), flat(all));
      assertArrayEquals(whole(70), flat(merge.merge(rest, merge.merge(other, one))));
    }
  }

  @Test
  void anEmptyWindowHasNoParts() {
    Accumulator empty = merge.merge(merge.createAccumulator(), merge.createAccumulator());
    assertEquals(0, empty.weight());
    assertEquals(0, empty.parts().length);
    assertFalse(empty.hasMerged());
  }

  @Test
  void theTwoFunctionsOfAnOperatorStillShareOneComponentOnATaskManager() throws Exception {
    WindowFinisher finish = new WindowFinisher(handle, COMPONENTS.description("totals"));
    Object[] sent =
        InstantiationUtil.deserializeObject(
            InstantiationUtil.serializeObject(new Object[] {merge, finish}),
            getClass().getClassLoader());
    assertSame(handleOf(sent[0]), handleOf(sent[1]));
  }

  @Test
  void anotherBuildOnTheTaskManagerIsRefused() {
    AggregateHandle mixed =
        new AggregateHandle(
            COMPONENTS.aggregate("totals"), COMPONENTS.description("anomaly"), COMPONENTS.limits());
    String message = assertThrows(IllegalStateException.class, mixed::aggregate).getMessage();
    assertTrue(message.contains("client and cluster use different builds"), message);
    assertTrue(message.contains(COMPONENTS.description("anomaly").digest()), message);
    assertTrue(message.contains(COMPONENTS.description("totals").digest()), message);
  }

  private static Object handleOf(Object function) throws ReflectiveOperationException {
    java.lang.reflect.Field field = function.getClass().getDeclaredField("handle");
    field.setAccessible(true);
    return field.get(function);
  }

  private Accumulator filled(List<Contribution> contributions) {
    Accumulator accumulator = merge.createAccumulator();
    for (Contribution contribution : contributions) {
      accumulator = merge.add(contribution, accumulator);
    }
    return accumulator;
  }

  /** All parts of an accumulator in one. */
  private byte[] flat(Accumulator accumulator) {
    byte[][] parts = accumulator.parts();
    return handle.aggregate().merge(parts, parts.length);
  }

  /** What the component makes of that many crimes in one batch. */
  private static byte[] whole(int count) {
    return contributions(count, count).get(0).partial();
  }

  /** One contribution for each of that many crimes of one district and day. */
  private static List<Contribution> single(int count) {
    return contributions(count, 1);
  }

  private static List<Contribution> contributions(int count, int batchSize) {
    List<SampleCrime> crimes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      crimes.add(SampleCrime.theft(i, "2018-01-01T10:00"));
    }
    return WindowHarness.contributions(COMPONENTS, "totals", crimes, batchSize);
  }
}
