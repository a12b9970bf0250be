package io.wasmflink.job;

import io.wasmflink.window.ResultRow;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The rows that must come out, by counting each window from all crimes. */
public final class AnswerKey {
  private AnswerKey() {}

  /** Rows of totals: one for each district and day. */
  public static Set<ResultRow> totals(List<SampleCrime> crimes) {
    Map<List<Object>, Map<Long, SampleCrime>> days = new HashMap<>();
    for (SampleCrime crime : crimes) {
      days.computeIfAbsent(
              List.of(crime.district, crime.date.toLocalDate().atStartOfDay()),
              key -> new HashMap<>())
          .merge(crime.id, crime, AnswerKey::holds);
    }
    Set<ResultRow> rows = new HashSet<>();
    days.forEach(
        (key, day) -> {
          LocalDateTime start = (LocalDateTime) key.get(1);
          rows.add(
              new ResultRow(
                  (long) day.size(),
                  day.values().stream().filter(crime -> crime.domestic).count(),
                  day.values().stream().filter(crime -> crime.arrest).count(),
                  ((Integer) key.get(0)).longValue(),
                  start,
                  start.plusDays(1)));
        });
    return rows;
  }

  /** Rows of anomaly: windows with more crimes of one type in one district than the threshold. */
  public static Set<ResultRow> anomalies(
      List<SampleCrime> crimes, int threshold, Duration size, Duration slide) {
    Set<ResultRow> rows = new HashSet<>();
    TreeSet<LocalDateTime> dates = new TreeSet<>();
    crimes.forEach(crime -> dates.add(crime.date));
    LocalDateTime start = dates.first().minus(size);
    long past = Math.floorMod(SampleCrime.millis(start), slide.toMillis());
    start = start.minus(Duration.ofMillis(past)); // windows are aligned to 1970
    for (; !start.isAfter(dates.last()); start = start.plus(slide)) {
      LocalDateTime end = start.plus(size);
      Map<List<Object>, Set<Long>> counts = new HashMap<>();
      for (SampleCrime crime : crimes) {
        if (!crime.date.isBefore(start) && crime.date.isBefore(end)) {
          counts
              .computeIfAbsent(List.of(crime.type, crime.district), key -> new HashSet<>())
              .add(crime.id);
        }
      }
      for (Map.Entry<List<Object>, Set<Long>> count : counts.entrySet()) {
        if (count.getValue().size() > threshold) {
          long district = (Integer) count.getKey().get(1);
          rows.add(
              new ResultRow(
                  (long) count.getValue().size(), count.getKey().get(0), district, start, end));
        }
      }
    }
    return rows;
  }

  /** Of two records of one crime the later correction; of two at the same time both flags. */
  private static SampleCrime holds(SampleCrime one, SampleCrime other) {
    int order = one.updated.compareTo(other.updated);
    if (order != 0) {
      return order > 0 ? one : other;
    }
    return new SampleCrime(
        one.id,
        one.date,
        one.district,
        one.type,
        one.arrest || other.arrest,
        one.domestic || other.domestic,
        one.updated);
  }
}
