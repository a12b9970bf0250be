package io.wasmflink.component;

import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.LongSupplier;

/** Prints what calls cost: the median and the best of many rounds, in nanoseconds. */
final class Speed {
  private static final int BATCH = 1_024;
  private static final int ROUNDS = 400;
  private static final int CALLS = 1_000;

  private Speed() {}

  public static void main(String[] arguments) {
    Random random = new Random(1);
    StringBuilder text = new StringBuilder();
    int[] ends = new int[BATCH];
    for (int i = 0; i < BATCH; i++) {
      text.append(record(random, i));
      ends[i] = text.length();
    }
    byte[] values = text.toString().getBytes(StandardCharsets.UTF_8);
    System.out.println("bytes a record: " + values.length / BATCH);

    for (boolean documents : new boolean[] {false, true}) {
      try (Ingest ingest =
          new Ingest(
              Staged.decoder(),
              List.of(Staged.totals(), Staged.anomaly(Map.of())),
              documents,
              Limits.defaults())) {
        long[] sink = {0};
        print(
            "a record of ingest" + (documents ? " with documents" : ""),
            BATCH,
            () -> {
              IngestResult result = ingest.ingest(values, ends, BATCH, Long.MIN_VALUE);
              for (int aggregate = 0; aggregate < 2; aggregate++) {
                Contributions contributions = result.contributions(aggregate);
                for (int i = 0; i < contributions.size(); i++) {
                  sink[0] += contributions.key(i).length + contributions.partial(i).length;
                  sink[0] += contributions.sliceStart(i) + contributions.weight(i);
                }
              }
              for (int i = 0; i < result.documentCount(); i++) {
                sink[0] += result.documentBody(i).length + result.documentId(i).length();
              }
              return result.callNanos(0) + result.callNanos(1) + result.callNanos(2);
            });
        System.out.printf("  (%d)%n", sink[0] & 1);
      }
    }

    byte[][] partials = AggregateTest.partials(Staged.totals(), 33);
    byte[] key = {4, 0};
    byte[] history = {};
    try (Aggregate totals = new Aggregate(Staged.totals(), Limits.defaults())) {
      LongSupplier inside = totals::callNanos;
      printCalls("merge of 2", () -> totals.merge(partials, 2), inside);
      printCalls("merge of 33", () -> totals.merge(partials, 33), inside);
      printCalls("finish of 1", () -> totals.finish(key, 0, 1, partials, 1, history), inside);
      printCalls("finish of 33", () -> totals.finish(key, 0, 1, partials, 33, history), inside);
      printCalls("a call that only asks (callNanos)", totals::callNanos, () -> 0);
    }
    byte[] first = Arrays.copyOf(values, ends[0]);
    try (EventTimes times = new EventTimes(Staged.decoder(), Limits.defaults())) {
      printCalls("event time of a record", () -> times.of(first), () -> 0);
    }
  }

  private static void printCalls(String what, Runnable call, LongSupplier inside) {
    print(
        what,
        CALLS,
        () -> {
          long before = inside.getAsLong();
          for (int i = 0; i < CALLS; i++) {
            call.run();
          }
          return inside.getAsLong() - before;
        });
  }

  /**
   * @param round gives what it spent in components, 0 where that is not known
   */
  private static void print(String what, int units, LongSupplier round) {
    for (int i = 0; i < ROUNDS; i++) {
      round.getAsLong();
    }
    long[] nanos = new long[ROUNDS];
    long[] outside = new long[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
      long start = System.nanoTime();
      long inside = round.getAsLong();
      nanos[i] = System.nanoTime() - start;
      outside[i] = nanos[i] - inside;
    }
    Arrays.sort(nanos);
    Arrays.sort(outside);
    System.out.printf(
        "%s: %d ns (best %d); outside of components %d (best %d)%n",
        what,
        nanos[ROUNDS / 2] / units,
        nanos[0] / units,
        outside[ROUNDS / 2] / units,
        outside[0] / units);
  }

  /** All 22 columns. */
  private static String record(Random random, int i) {
    String[] types = {"THEFT", "BATTERY", "CRIMINAL DAMAGE", "ASSAULT", "NARCOTICS"};
    LocalDateTime time =
        LocalDateTime.parse("2018-01-01T00:00:00").plusSeconds(random.nextInt(2 * 86_400));
    return String.format(
        "{\"ID\":\"%d\",\"Case_Number\":\"HZ%d\",\"Date\":\"%s\",\"Block\":\"0%d00X W MADISON ST\","
            + "\"IUCR\":\"0820\",\"Primary_Type\":\"%s\",\"Description\":\"%d TO ORDER\","
            + "\"Location_Description\":\"STREET\",\"Arrest\":\"%b\",\"Domestic\":\"%b\","
            + "\"Beat\":\"%04d\",\"District\":\"%03d\",\"Ward\":\"%d\",\"Community_Area\":\"%d\","
            + "\"FBI_Code\":\"06\",\"X_Coordinate\":\"11%05d\",\"Y_Coordinate\":\"18%05d\","
            + "\"Year\":\"2018\",\"Updated_On\":\"2018-02-10T15:50:01\",\"Latitude\":\"41.%09d\","
            + "\"Longitude\":\"-87.%09d\",\"Location\":\"(41.878, -87.629)\"}",
        10_000_000 + i,
        200_000 + i,
        time.toString().length() == 16 ? time + ":00" : time,
        random.nextInt(90),
        types[random.nextInt(types.length)],
        random.nextInt(40),
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextInt(2_500) + 1,
        random.nextInt(25) + 1,
        random.nextInt(50) + 1,
        random.nextInt(77) + 1,
        random.nextInt(100_000),
        random.nextInt(100_000),
        random.nextInt(1_000_000_000),
        random.nextInt(1_000_000_000));
  }
}
