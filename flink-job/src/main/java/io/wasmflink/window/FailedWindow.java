package io.wasmflink.window;

import io.wasmflink.ingest.DeadLetter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.TreeMap;
import org.apache.flink.util.OutputTag;

/** A window that a component could not finish. */
final class FailedWindow {
  /** Where window operators put them. */
  static final OutputTag<DeadLetter> TAG = new OutputTag<>("failed-windows", DeadLetter.TYPE);

  /** Reason of such a dead letter. */
  static final String REASON = "window";

  private FailedWindow() {}

  /**
   * @param start ms on the wall clock
   * @param end ms on the wall clock, exclusive
   * @param words why, for a person
   */
  static DeadLetter letter(String aggregate, Key key, long start, long end, String words) {
    // a key is bytes that only the component can read
    StringBuilder hex = new StringBuilder();
    for (byte one : key.bytes()) {
      hex.append(String.format("%02x", one));
    }
    String from = onTheWall(start);
    TreeMap<String, String> origin = new TreeMap<>();
    origin.put("component", aggregate);
    origin.put("window-start", from);
    origin.put("window-end", onTheWall(end));
    String value =
        String.format(
            "{\"aggregate\":\"%s\",\"key\":\"%s\",\"window_start\":\"%s\",\"window_end\":\"%s\"}",
            aggregate, hex, from, onTheWall(end));
    return DeadLetter.refused(
        aggregate + "/" + from + "/" + hex,
        value.getBytes(StandardCharsets.UTF_8),
        REASON,
        words,
        origin);
  }

  private static String onTheWall(long millis) {
    return LocalDateTime.ofInstant(Instant.ofEpochMilli(millis), ZoneOffset.UTC).toString();
  }
}
