package io.wasmflink.job;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/** Seeded crimes in event-time order: few keys, so that many fall together; some come again. */
public final class SampleCrimes {
  private static final String[] TYPES = {"THEFT", "BATTERY", "CRIM SEXUAL ASSAULT"};
  private static final LocalDateTime FROM = LocalDateTime.parse("2018-03-10T12:00");
  private static final int MINUTES = 3 * 24 * 60;
  private static final int CORRECTED_PERCENT = 10;

  private SampleCrimes() {}

  public static List<SampleCrime> of(long seed, int count) {
    Random random = new Random(seed);
    List<SampleCrime> crimes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      boolean again = !crimes.isEmpty() && random.nextInt(100) < CORRECTED_PERCENT;
      SampleCrime before = again ? crimes.get(random.nextInt(crimes.size())) : null;
      LocalDateTime date = FROM.plusMinutes(random.nextInt(MINUTES));
      crimes.add(
          new SampleCrime(
              again ? before.id : 10_000 + i,
              again && random.nextBoolean() ? before.date : date,
              again ? before.district : 1 + random.nextInt(3),
              again ? before.type : TYPES[random.nextInt(TYPES.length)],
              random.nextBoolean(),
              random.nextBoolean(),
              FROM.plusDays(4 + random.nextInt(3))));
    }
    crimes.sort(Comparator.comparing((SampleCrime crime) -> crime.date));
    return crimes;
  }
}
