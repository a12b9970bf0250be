package io.wasmflink.window;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.wasmflink.component.Contributions;
import io.wasmflink.component.Ingest;
import io.wasmflink.component.IngestResult;
import io.wasmflink.job.BuiltComponents;
import io.wasmflink.job.JobComponents;
import io.wasmflink.job.RecordedMetrics;
import io.wasmflink.job.SampleCrime;
import io.wasmflink.settings.StartupException;
import io.wasmflink.source.RawRecord;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.SimpleOperatorFactory;
import org.apache.flink.streaming.api.transformations.OneInputTransformation;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.util.OutputTag;

/** The window operator of one aggregate, as the job builds it, in Flink's own harness. */
final class WindowHarness
    extends KeyedOneInputStreamOperatorTestHarness<Key, Contribution, ResultRow> {
  static final int MAX_PARALLELISM = 128;

  private final String aggregate;

  private WindowHarness(
      JobComponents components, String aggregate, boolean fromSlices, int parallelism, int instance)
      throws Exception {
    super(
        operator(components, aggregate, fromSlices),
        Contribution::key,
        Key.TYPE,
        MAX_PARALLELISM,
        parallelism,
        instance);
    this.aggregate = aggregate;
    setup(ResultRow.TYPE.createSerializer(getExecutionConfig()));
  }

  private WindowHarness(
      JobComponents components, String aggregate, boolean fromSlices, MockEnvironment environment)
      throws Exception {
    super(operator(components, aggregate, fromSlices), Contribution::key, Key.TYPE, environment);
    this.aggregate = aggregate;
    setup(ResultRow.TYPE.createSerializer(getExecutionConfig()));
  }

  static WindowHarness of(JobComponents components, String aggregate, boolean fromSlices)
      throws Exception {
    return new WindowHarness(components, aggregate, fromSlices, 1, 0);
  }

  static WindowHarness of(
      JobComponents components, String aggregate, boolean fromSlices, RecordedMetrics metrics)
      throws Exception {
    return new WindowHarness(components, aggregate, fromSlices, metrics.environment());
  }

  /** One of several instances, not yet open. */
  static WindowHarness instance(
      JobComponents components, String aggregate, boolean fromSlices, int parallelism, int instance)
      throws Exception {
    return new WindowHarness(components, aggregate, fromSlices, parallelism, instance);
  }

  /** One of several instances, with its part of a snapshot that one instance took. */
  static WindowHarness restored(
      JobComponents components,
      String aggregate,
      boolean fromSlices,
      OperatorSubtaskState snapshot,
      int parallelism,
      int instance)
      throws Exception {
    return restored(components, aggregate, fromSlices, snapshot, 1, parallelism, instance);
  }

  /** One of several instances, with its part of a snapshot that other instances took. */
  static WindowHarness restored(
      JobComponents components,
      String aggregate,
      boolean fromSlices,
      OperatorSubtaskState snapshot,
      int parallelismBefore,
      int parallelism,
      int instance)
      throws Exception {
    WindowHarness harness = instance(components, aggregate, fromSlices, parallelism, instance);
    harness.initializeState(
        AbstractStreamOperatorTestHarness.repartitionOperatorState(
            snapshot, MAX_PARALLELISM, parallelismBefore, parallelism, instance));
    harness.open();
    return harness;
  }

  /** With which sentence a restore ends the job, so that Flink does not try it again. */
  static String refusal(
      JobComponents components, String aggregate, boolean fromSlices, OperatorSubtaskState snapshot)
      throws Exception {
    try (WindowHarness harness = instance(components, aggregate, fromSlices, 1, 0)) {
      SuppressRestartsException end =
          assertThrows(
              SuppressRestartsException.class,
              () -> {
                harness.initializeState(snapshot);
                harness.open();
              });
      return assertInstanceOf(StartupException.class, end.getCause()).getMessage();
    }
  }

  /** Those whose keys are one instance's. */
  static List<Contribution> ofInstance(
      List<Contribution> contributions, int parallelism, int instance) {
    List<Contribution> its = new ArrayList<>(contributions);
    its.removeIf(
        contribution ->
            KeyGroupRangeAssignment.assignKeyToParallelOperator(
                    contribution.key(), MAX_PARALLELISM, parallelism)
                != instance);
    return its;
  }

  @SuppressWarnings("unchecked")
  private static OneInputStreamOperator<Contribution, ResultRow> operator(
      JobComponents components, String aggregate, boolean fromSlices) {
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
    DataStream<ResultRow> rows =
        new AggregateWindows(
                environment.fromCollection(List.<Contribution>of(), Contribution.TYPE),
                components.aggregate(aggregate),
                components.description(aggregate),
                components.limits(),
                fromSlices)
            .rows();
    OneInputTransformation<Contribution, ResultRow> transformation =
        (OneInputTransformation<Contribution, ResultRow>) rows.getTransformation();
    return (OneInputStreamOperator<Contribution, ResultRow>)
        ((SimpleOperatorFactory<ResultRow>) transformation.getOperatorFactory()).getOperator();
  }

  /** What an aggregate makes of crimes in batches of that size. */
  static List<Contribution> contributions(
      JobComponents components, String aggregate, List<SampleCrime> crimes, int batchSize) {
    List<Contribution> all = new ArrayList<>();
    try (Ingest ingest =
        new Ingest(
            components.decoder(),
            List.of(components.aggregate(aggregate)),
            false,
            components.limits())) {
      for (int from = 0; from < crimes.size(); from += batchSize) {
        List<SampleCrime> batch = crimes.subList(from, Math.min(crimes.size(), from + batchSize));
        ByteArrayOutputStream values = new ByteArrayOutputStream();
        int[] ends = new int[batch.size()];
        for (int i = 0; i < ends.length; i++) {
          RawRecord record = batch.get(i).record(0, i);
          values.writeBytes(record.value());
          ends[i] = values.size();
        }
        IngestResult result =
            ingest.ingest(values.toByteArray(), ends, ends.length, Long.MIN_VALUE);
        Contributions given = result.contributions(0);
        for (int i = 0; i < given.size(); i++) {
          all.add(
              new Contribution(
                  new Key(given.key(i)), given.sliceStart(i), given.weight(i), given.partial(i)));
        }
      }
    }
    return all;
  }

  static JobComponents components(String... flags) {
    return BuiltComponents.load(flags);
  }

  /** Flags for a job with one aggregate. */
  static List<String> only(String aggregate, Path wasm) {
    List<String> flags = new ArrayList<>();
    for (String other : List.of("totals", "anomaly")) {
      flags.addAll(List.of("--aggregate", other + "="));
    }
    flags.addAll(
        List.of("--aggregate", aggregate + "=" + wasm, "--table", aggregate + "=" + aggregate));
    return flags;
  }

  /** Components whose anomaly has these windows, in minutes, and more than so many crimes. */
  static JobComponents anomaly(int size, int slide, int threshold) {
    return components(
        "--set", "anomaly.window-minutes=" + size,
        "--set", "anomaly.slide-minutes=" + slide,
        "--set", "anomaly.threshold=" + threshold);
  }

  /** So many thefts of one moment of 2018-01-01. */
  static List<SampleCrime> thefts(int count, String time) {
    List<SampleCrime> thefts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      thefts.add(SampleCrime.theft(time.hashCode() + i, "2018-01-01T" + time));
    }
    return thefts;
  }

  void add(List<Contribution> contributions) throws Exception {
    for (Contribution contribution : contributions) {
      processElement(new StreamRecord<>(contribution, contribution.sliceStart()));
    }
  }

  List<ResultRow> rows() {
    return extractOutputValues();
  }

  /** What came when its windows were over. */
  List<Contribution> late() {
    List<Contribution> late = new ArrayList<>();
    var records = getSideOutput(new OutputTag<>("late-at-" + aggregate, Contribution.TYPE));
    if (records != null) {
      records.forEach(record -> late.add(record.getValue()));
    }
    return late;
  }

  /** Without a checked exception, so that try blocks need not speak of interrupts. */
  @Override
  public void close() {
    try {
      super.close();
    } catch (Exception e) {
      throw new IllegalStateException("The operator can't be closed", e);
    }
  }
}
