package io.wasmflink.ingest;

import io.wasmflink.job.BuiltComponents;
import io.wasmflink.job.JobComponents;
import io.wasmflink.job.RecordedMetrics;
import io.wasmflink.job.SampleCrime;
import io.wasmflink.source.RawRecord;
import io.wasmflink.window.Contribution;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.util.OutputTag;

/** The ingest operator with the project's components in Flink's own harness. */
final class IngestHarness extends OneInputStreamOperatorTestHarness<RawRecord, Void> {
  static final Duration BATCH_TIMEOUT = Duration.ofMillis(20);
  static final int MAX_PARALLELISM = 128;

  private static final JobComponents COMPONENTS = BuiltComponents.load();

  private long offset;

  IngestHarness(int batchSize) throws Exception {
    super(operator(batchSize, false));
    setup();
  }

  IngestHarness(int batchSize, RecordedMetrics metrics) throws Exception {
    super(operator(batchSize, false), metrics.environment());
    setup();
  }

  private IngestHarness(IngestOperator operator, int parallelism, int instance) throws Exception {
    super(operator, MAX_PARALLELISM, parallelism, instance);
    setup();
  }

  /** One of several instances of an unbounded job, not yet open. */
  static IngestHarness instance(int parallelism, int instance) throws Exception {
    return new IngestHarness(operator(1, false), parallelism, instance);
  }

  /** One of several instances of a bounded job, not yet open. */
  static IngestHarness bounded(int parallelism, int instance) throws Exception {
    return new IngestHarness(operator(1, true), parallelism, instance);
  }

  static IngestHarness opened(int batchSize) throws Exception {
    IngestHarness harness = new IngestHarness(batchSize);
    harness.open();
    return harness;
  }

  private static IngestOperator operator(int batchSize, boolean bounded) {
    return new IngestOperator(
        COMPONENTS.decoder(),
        COMPONENTS.aggregates(),
        true,
        COMPONENTS.limits(),
        batchSize,
        BATCH_TIMEOUT,
        true,
        bounded);
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

  /** Puts a theft of that time in, with the next offset of partition 3. */
  void theft(String date) throws Exception {
    SampleCrime crime = SampleCrime.theft(1_000 + offset, date);
    processElement(new StreamRecord<>(crime.record(3, offset++), crime.time()));
  }

  /** Puts a value in as it is, with the next offset of partition 3. */
  void value(byte[] value) throws Exception {
    long time = SampleCrime.millis("2018-01-01T10:00");
    processElement(
        new StreamRecord<>(new RawRecord(value, SampleCrime.TOPIC, 3, offset++, time), time));
  }

  /** A checkpoint as a task makes it: the barrier's turn first. */
  OperatorSubtaskState checkpoint(long id) throws Exception {
    prepareSnapshotPreBarrier(id);
    return snapshot(id, id);
  }

  /** Records that the contributions to an aggregate's windows stand for. */
  long counted(String aggregate) {
    return side(IngestOutputs.contributions(aggregate)).stream()
        .mapToLong(Contribution::weight)
        .sum();
  }

  List<DeadLetter> rejected() {
    return side(IngestOutputs.REJECTED);
  }

  List<DeadLetter> late() {
    return side(IngestOutputs.LATE);
  }

  <T> List<T> side(OutputTag<T> tag) {
    List<T> values = new ArrayList<>();
    Collection<StreamRecord<T>> records = getSideOutput(tag);
    if (records != null) {
      records.forEach(record -> values.add(record.getValue()));
    }
    return values;
  }
}
