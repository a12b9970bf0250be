package io.wasmflink.window;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The first window that is heavy enough, against looking at every window. */
class SlicesTest {
  @ParameterizedTest
  @CsvSource({"1, 10, 5", "2, 12, 4", "3, 7, 3", "4, 5, 5", "5, 30, 1", "6, 9, 6"})
  void itIsTheOneThatCountingFinds(long seed, int size, int slide) {
    Random random = new Random(seed);
    WindowShape shape = new WindowShape(size, slide);
    int found = 0;
    for (int i = 0; i < 2_000; i++) {
      Slices slices = Slices.none();
      for (int j = random.nextInt(8); j >= 0; j--) {
        long start = random.nextInt(60) - 30;
        if (slices.find(start) < 0) {
          slices = slices.with(slices.find(start), start, weighing(1 + random.nextInt(4)));
        }
      }
      long least = 1 + random.nextInt(9);
      long after = random.nextInt(10) == 0 ? Long.MIN_VALUE : random.nextInt(100) - 50;
      long expected = Slices.NEVER;
      for (long start = Math.floorDiv(-100, slide) * slide; start < 100; start += slide) {
        long last = start + size - 1;
        if (last > after && slices.weight(start, start + size) >= least) {
          expected = last;
          break;
        }
      }
      assertEquals(expected, slices.firstHeavy(shape, least, after));
      found += expected == Slices.NEVER ? 0 : 1;
    }
    assertTrue(found > 200, "windows that are heavy enough: " + found);
  }

  /** A step is a look at where a window begins. */
  @Test
  void itTakesAStepForEachSliceHoweverManyWindowsThereAre() {
    for (long slide : new long[] {1, 1_000, Duration.ofDays(1).toMillis()}) {
      long size = Duration.ofDays(365).toMillis();
      CountingShape shape = new CountingShape(size, slide);
      Slices slices = Slices.none();
      for (int i = 0; i < 100; i++) {
        long start = i * Duration.ofDays(3).toMillis();
        slices = slices.with(slices.find(start), start, weighing(1));
      }
      assertEquals(Slices.NEVER, slices.firstHeavy(shape, 101, Long.MIN_VALUE));
      assertEquals(0, shape.steps, "all slices together are too light");
      long last = Duration.ofDays(3 * 99).toMillis();
      long expected = Math.floorDiv(last - size, slide) * slide + slide + size - 1;
      assertEquals(expected, slices.firstHeavy(shape, 100, Long.MIN_VALUE));
      assertTrue(shape.steps <= 101, shape.steps + " steps for 100 slices");
    }
  }

  private static Accumulator weighing(long weight) {
    return Accumulator.of(weight, new byte[][] {{}}, false);
  }

  private static final class CountingShape extends WindowShape {
    private static final long serialVersionUID = 1L;

    private int steps;

    CountingShape(long size, long slide) {
      super(size, slide);
    }

    @Override
    long firstStartWith(long sliceStart) {
      steps++;
      return super.firstStartWith(sliceStart);
    }
  }
}
