package io.wasmflink.job;

import io.wasmflink.settings.JobSettings;
import java.util.Map;

/** The project's own components as the build staged them, under settings that need no server. */
public final class BuiltComponents {
  private static final Map<String, String> ENVIRONMENT =
      Map.of(
          "KAFKA_BOOTSTRAP", "localhost:1",
          "PGHOST", "localhost",
          "PGPORT", "1",
          "PGDATABASE", "none",
          "PGUSER", "nobody",
          "PGPASSWORD", "none");

  private BuiltComponents() {}

  public static JobSettings settings(String... flags) {
    return JobSettings.parse(flags, ENVIRONMENT);
  }

  /** Decoder, totals and anomaly. */
  public static JobComponents load(String... flags) {
    return JobComponents.load(settings(flags));
  }
}
