package io.wasmflink.window;

import io.wasmflink.job.JobComponents;
import io.wasmflink.job.SampleCrime;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The guest that counts records in each window of a district, and in all of its windows so far
 * (tests/guests/upgraded), with its rows computed in another way.
 */
final class Tally {
  static final String NAME = "upgraded";

  private final int size;
  private final int slide;

  /**
   * @param size minutes
   * @param slide minutes
   */
  Tally(int size, int slide) {
    this.size = size;
    this.slide = slide;
  }

  /** The component with the layout of one of its versions. */
  JobComponents writing(int stateVersion, String... settings) {
    List<String> flags = new ArrayList<>(WindowHarness.only(NAME, wasm()));
    flags.addAll(
        List.of(
            "--set", NAME + ".window-minutes=" + size,
            "--set", NAME + ".slide-minutes=" + slide,
            "--set", NAME + ".state-version=" + stateVersion));
    for (String setting : settings) {
      flags.addAll(List.of("--set", NAME + "." + setting));
    }
    return WindowHarness.components(flags.toArray(new String[0]));
  }

  static Path wasm() {
    return Path.of(System.getProperty("dist.directory"), "guests", NAME + ".wasm");
  }

  /** Every row, by counting each window from all crimes. */
  Set<ResultRow> rows(List<SampleCrime> crimes) {
    Map<Integer, TreeMap<LocalDateTime, Long>> districts = new HashMap<>();
    for (SampleCrime crime : crimes) {
      long past = Math.floorMod(crime.time(), Duration.ofMinutes(slide).toMillis());
      LocalDateTime start = crime.date.minus(Duration.ofMillis(past));
      for (; start.plusMinutes(size).isAfter(crime.date); start = start.minusMinutes(slide)) {
        districts
            .computeIfAbsent(crime.district, district -> new TreeMap<>())
            .merge(start, 1L, Long::sum);
      }
    }
    Set<ResultRow> rows = new HashSet<>();
    districts.forEach(
        (district, windows) -> {
          long soFar = 0;
          for (Map.Entry<LocalDateTime, Long> window : windows.entrySet()) {
            soFar += window.getValue();
            rows.add(
                new ResultRow(district.longValue(), window.getKey(), window.getValue(), soFar));
          }
        });
    return rows;
  }
}
