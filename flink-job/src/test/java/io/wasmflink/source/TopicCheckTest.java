package io.wasmflink.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wasmflink.job.BuiltComponents;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TopicCheckTest {
  @Test
  void aTopicThatKeepsEverythingIsNoReasonToWarn() {
    assertEquals(List.of(), warnings(Map.of("retention.ms", "-1", "cleanup.policy", "delete")));
  }

  @Test
  void settingsThatCanNotBeSeenAreNoReasonToWarn() {
    assertEquals(List.of(), warnings(Map.of()));
  }

  @Test
  void aRetentionThatDeletesOldEventTimesIsSaid() {
    assertEquals(
        List.of(
            "Topic 'crime' has retention.ms=604800000. Kafka deletes by record timestamp, so"
                + " records stamped with an event time longer ago than that vanish within minutes,"
                + " read or not. Set retention.ms=-1 on it for data that is older."),
        warnings(Map.of("retention.ms", "604800000")));
  }

  @Test
  void aCompactedTopicIsSaidAndItsRetentionDoesNotMatter() {
    List<String> warnings =
        warnings(Map.of("cleanup.policy", "compact", "retention.ms", "604800000"));
    assertEquals(1, warnings.size());
    assertTrue(
        warnings.get(0).startsWith("Topic 'crime' has cleanup.policy=compact: of records"),
        warnings.get(0));
    assertEquals(
        2, warnings(Map.of("cleanup.policy", "compact,delete", "retention.ms", "1")).size());
  }

  @Test
  void arrivalTimesAreSaidOnlyWhereTheyAreTakenForEventTimes() {
    Map<String, String> arrival =
        Map.of("message.timestamp.type", "LogAppendTime", "retention.ms", "604800000");
    List<String> warnings = warnings(arrival);
    assertEquals(1, warnings.size(), "retention counts from arrival then");
    assertTrue(warnings.get(0).contains("Run the job with --event-time payload"), warnings.get(0));
    assertEquals(List.of(), warnings(arrival, "--event-time", "payload"));
  }

  @Test
  void aTopicWithoutALimitHasKafkasOwn() {
    TopicLimits limits = new TopicLimits(Map.of("crime.late", 2_000));
    assertEquals(2_000, limits.maxMessageBytes("crime.late"));
    assertEquals(1_048_588, limits.maxMessageBytes("crime.rejected"));
  }

  private static List<String> warnings(Map<String, String> config, String... flags) {
    return TopicCheck.warnings(BuiltComponents.settings(flags), config);
  }
}
