package io.wasmflink.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.wasmflink.job.BuiltComponents;
import io.wasmflink.job.RecordedMetrics;
import io.wasmflink.job.SampleCrime;
import io.wasmflink.window.Contribution;
import io.wasmflink.window.Key;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.flink.streaming.api.operators.StreamMap;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

/** What is late only at the window is kept, as the component made it. */
class LateAtWindowTest {
  @Test
  void aLateContributionIsALetterAndCounted() throws Exception {
    RecordedMetrics metrics = new RecordedMetrics();
    List<DeadLetter> letters;
    try (OneInputStreamOperatorTestHarness<Contribution, DeadLetter> harness =
        new OneInputStreamOperatorTestHarness<>(
            new StreamMap<>(
                new LateAtWindow("mine", BuiltComponents.load().description("anomaly"))),
            metrics.environment())) {
      harness.open();
      for (int last : new int[] {3, 3, 4}) {
        harness.processElement(
            new StreamRecord<>(
                new Contribution(
                    new Key(new byte[] {1, 2}),
                    SampleCrime.millis("2018-01-01T10:30"),
                    last,
                    new byte[] {7, 8, 9})));
      }
      letters = harness.extractOutputValues();
    }
    assertEquals(10, metrics.count("lateAtWindow"));
    DeadLetter letter = letters.get(0);
    assertEquals("late-at-window", letter.reason());
    assertEquals(
        "{\"aggregate\":\"mine\",\"slice-start\":\"2018-01-01T10:30\",\"weight\":3,"
            + "\"key\":\"AQI=\",\"partial\":\"BwgJ\"}",
        new String(letter.value(), StandardCharsets.UTF_8));
    assertEquals(
        "the last window of its slice, which ends at 2018-01-01T15:30, was over", letter.detail());
    assertEquals(
        Map.of("late-for", "mine", "slice-start", "2018-01-01T10:30", "weight", "3"),
        letter.origin());
    assertEquals(letter.place(), letters.get(1).place(), "the same one that comes again");
    assertNotEquals(letter.place(), letters.get(2).place());
  }
}
