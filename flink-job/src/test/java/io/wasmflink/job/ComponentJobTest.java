package io.wasmflink.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wasmflink.ingest.DeadLetter;
import io.wasmflink.source.RawRecord;
import io.wasmflink.window.ResultRow;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.CheckpointingMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole job on Flink's mini cluster, from a list into collections. */
class ComponentJobTest {
  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(2)
              .build());

  private static final int CRIMES = 600;
  private static final int THRESHOLD = 3;
  private static final List<SampleCrime> SAMPLE = SampleCrimes.of(11, CRIMES);

  @ParameterizedTest
  @CsvSource({"1, 1", "1, 7", "1, 1024", "2, 1", "2, 7", "2, 1024"})
  void rowsEqualCountingWhateverParallelismAndBatchSize(int parallelism, int batchSize)
      throws Exception {
    List<RawRecord> records = records(SAMPLE);
    byte[] garbage = "no json".getBytes(StandardCharsets.UTF_8);
    RawRecord garbled = new RawRecord(garbage, SampleCrime.TOPIC, 0, 9_999, SAMPLE.get(50).time());
    records.add(50, garbled);
    records.add(100, new RawRecord(null, SampleCrime.TOPIC, 0, 10_000, SAMPLE.get(99).time()));

    CollectedOutputs outputs = run(records, parallelism, "--batch-size", "" + batchSize);

    assertRows(AnswerKey.totals(SAMPLE), outputs.rows("totals"));
    assertRows(
        AnswerKey.anomalies(SAMPLE, THRESHOLD, Duration.ofHours(5), Duration.ofMinutes(30)),
        outputs.rows("anomaly"));
    assertEquals(
        Set.of("malformed-json crime/0/9999", "empty-value crime/0/10000"),
        places(outputs.rejected()));
    assertEquals(Set.of(), places(outputs.late()));
    assertEquals(CRIMES, outputs.documents().size());
    assertEquals(
        SAMPLE.stream().map(crime -> String.valueOf(crime.id)).collect(Collectors.toSet()),
        outputs.documents().stream().map(document -> document.id()).collect(Collectors.toSet()));
  }

  @Test
  void whatIsLateIsNotInTheRowsAndGoesToItsOwnOutput() throws Exception {
    SampleCrime late = SampleCrime.theft(1, "2018-01-01T10:00");
    List<RawRecord> records = records(SAMPLE);
    records.add(late.record(0, 5_000));
    CollectedOutputs outputs = run(records, 1);
    assertEquals(Set.of("late crime/0/5000"), places(outputs.late()));
    assertEquals("anomaly,totals", outputs.late().get(0).lateFor());
    assertRows(AnswerKey.totals(SAMPLE), outputs.rows("totals"));
  }

  @Test
  void eventTimeFromThePayloadGivesTheSameRows() throws Exception {
    List<RawRecord> records = new ArrayList<>();
    for (RawRecord record : records(SAMPLE)) {
      long sent = SampleCrime.millis("2026-01-01T00:00") + record.offset();
      records.add(
          new RawRecord(record.value(), record.topic(), record.partition(), record.offset(), sent));
    }
    CollectedOutputs outputs = run(records, 1, "--event-time", "payload");
    assertRows(AnswerKey.totals(SAMPLE), outputs.rows("totals"));
    assertEquals(Set.of(), places(outputs.late()));
  }

  @Test
  void aBoundedRunGivesTheSameRows() throws Exception {
    CollectedOutputs outputs = run(records(SAMPLE), 2, "--bounded");
    assertRows(AnswerKey.totals(SAMPLE), outputs.rows("totals"));
  }

  @Test
  void anAggregateThatIsLeftOutIsNotThere() throws Exception {
    CollectedOutputs outputs = run(records(SAMPLE), 1, "--aggregate", "anomaly=");
    assertRows(AnswerKey.totals(SAMPLE), outputs.rows("totals"));
    assertEquals(Set.of("totals"), outputs.aggregates());
  }

  @ParameterizedTest
  @CsvSource({"slices, slices-anomaly", "flink, window-anomaly"})
  void everyOperatorHasAnIdOfItsOwn(String windows, String sliding) {
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
    job(records(SAMPLE), new CollectedOutputs(), "--windows", windows).build(environment);
    StreamGraph graph = environment.getStreamGraph();
    Set<String> uids = new HashSet<>();
    for (StreamNode node : graph.getStreamNodes()) {
      assertNotNull(node.getTransformationUID(), node.getOperatorName() + " has no uid");
      assertTrue(uids.add(node.getTransformationUID()), node.getTransformationUID());
    }
    assertTrue(
        uids.containsAll(
            Set.of(
                "source",
                "ingest",
                "window-totals",
                "late-at-window-totals",
                sliding,
                "late-at-window-anomaly")),
        uids.toString());
  }

  /** From the ingest operator, and from the windows of each aggregate. */
  @Test
  void whatIsLateComesFromEverywhereToOneOutput() {
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
    job(records(SAMPLE), new CollectedOutputs()).build(environment);
    StreamGraph graph = environment.getStreamGraph();
    Set<String> from = new HashSet<>();
    for (StreamNode node : graph.getStreamNodes()) {
      if ("late".equals(node.getTransformationUID())) {
        node.getInEdges()
            .forEach(
                edge -> from.add(graph.getStreamNode(edge.getSourceId()).getTransformationUID()));
      }
    }
    assertEquals(Set.of("ingest", "late-at-window-anomaly", "late-at-window-totals"), from);
  }

  @Test
  void flinkIsSetUpAsTheSettingsSay() {
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
    job(
            records(SAMPLE),
            new CollectedOutputs(),
            "--parallelism",
            "3",
            "--checkpoint-interval",
            "7s")
        .build(environment);
    assertTrue(environment.getConfig().hasGenericTypesDisabled());
    assertTrue(environment.getConfig().isObjectReuseEnabled());
    assertEquals(3, environment.getParallelism());
    assertEquals(7_000, environment.getCheckpointConfig().getCheckpointInterval());
    assertEquals(
        CheckpointingMode.EXACTLY_ONCE, environment.getCheckpointConfig().getCheckpointingMode());
    assertFalse(environment.getStreamGraph().getJobGraph().getVerticesAsArray().length == 0);
  }

  private static CollectedOutputs run(List<RawRecord> records, int parallelism, String... flags)
      throws Exception {
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
    environment.setParallelism(parallelism);
    CollectedOutputs outputs = new CollectedOutputs();
    ComponentJob job = job(records, outputs, flags);
    job.build(environment);
    environment.execute(job.name());
    return outputs;
  }

  private static ComponentJob job(
      List<RawRecord> records, CollectedOutputs outputs, String... flags) {
    List<String> all = new ArrayList<>(List.of(flags));
    if (!all.contains("anomaly=")) {
      all.addAll(List.of("--set", "anomaly.threshold=" + THRESHOLD));
    }
    String[] given = all.toArray(new String[0]);
    return new ComponentJob(
        BuiltComponents.settings(given),
        BuiltComponents.load(given),
        new ListInput(records),
        outputs);
  }

  private static List<RawRecord> records(List<SampleCrime> crimes) {
    List<RawRecord> records = new ArrayList<>();
    for (int i = 0; i < crimes.size(); i++) {
      records.add(crimes.get(i).record(0, i));
    }
    return records;
  }

  private static Set<String> places(List<DeadLetter> letters) {
    return letters.stream()
        .map(letter -> letter.reason() + " " + letter.place())
        .collect(Collectors.toSet());
  }

  private static void assertRows(Set<ResultRow> expected, List<ResultRow> rows) {
    assertTrue(expected.size() > 5, "the test must have rows");
    assertEquals(expected, new HashSet<>(rows));
    assertEquals(expected.size(), rows.size(), "each row once");
  }
}
