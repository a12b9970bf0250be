package io.wasmflink.ingest;

import io.wasmflink.component.ComponentSource;
import io.wasmflink.component.Contributions;
import io.wasmflink.component.Ingest;
import io.wasmflink.component.IngestResult;
import io.wasmflink.component.Limits;
import io.wasmflink.source.RawRecord;
import io.wasmflink.window.Contribution;
import io.wasmflink.window.Key;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.OutputTag;

/**
 * Collects raw records into batches and hands each batch to the components in one call.
 *
 * <p>A batch is flushed when it is full (records or bytes), before a watermark or a change of
 * idleness is forwarded, when a short processing-time timer rings, at the end of input, and before
 * a checkpoint barrier. So no record ever is in a batch when a snapshot is taken: a failure loses
 * nothing, and the only state is the greatest watermark that was forwarded. Without that, records
 * that were late before a failure would not be late after it, and would open their windows again.
 */
public final class IngestOperator extends AbstractStreamOperator<Void>
    implements OneInputStreamOperator<RawRecord, Void> {
  private static final long serialVersionUID = 1L;

  /** Values of up to 1 MiB are normal for Kafka; a batch of 1,024 of them is not for a sandbox. */
  static final int MAX_BATCH_BYTES = 4 * 1024 * 1024;

  private final ComponentSource decoder;
  private final List<ComponentSource> aggregates;
  private final boolean documents;
  private final Limits limits;
  private final int batchSize;
  private final long batchTimeoutMillis;
  private final boolean kafkaTime;
  private final boolean bounded;

  private transient List<OutputTag<Contribution>> contributionTags;
  private transient Ingest ingest;
  private transient Batch batch;
  private transient IngestMetrics metrics;
  private transient TimestampCheck timestamps;
  private transient ForwardedWatermark watermark;
  private transient long batchStarted;
  private transient boolean timerSet;

  /**
   * @param documents whether documents are wanted
   * @param kafkaTime whether event time is taken from the Kafka timestamp, and so worth a check
   * @param bounded whether the input ends, on some instances before others
   */
  public IngestOperator(
      ComponentSource decoder,
      List<ComponentSource> aggregates,
      boolean documents,
      Limits limits,
      int batchSize,
      Duration batchTimeout,
      boolean kafkaTime,
      boolean bounded) {
    this.decoder = decoder;
    this.aggregates = new ArrayList<>(aggregates);
    this.documents = documents;
    this.limits = limits;
    this.batchSize = batchSize;
    this.batchTimeoutMillis = batchTimeout.toMillis();
    this.kafkaTime = kafkaTime;
    this.bounded = bounded;
    this.chainingStrategy = ChainingStrategy.ALWAYS;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    watermark = new ForwardedWatermark(context, bounded);
  }

  @Override
  public void open() throws Exception {
    super.open();
    List<String> slots = new ArrayList<>();
    slots.add(decoder.slot());
    aggregates.forEach(aggregate -> slots.add(aggregate.slot()));
    contributionTags =
        aggregates.stream()
            .map(aggregate -> IngestOutputs.contributions(aggregate.slot()))
            .collect(Collectors.toList());
    metrics = new IngestMetrics(getMetricGroup(), slots);
    timestamps = kafkaTime ? new TimestampCheck(getMetricGroup()) : null;
    batch = new Batch(batchSize, MAX_BATCH_BYTES);
    timerSet = false;
    ingest = new Ingest(decoder, aggregates, documents, limits);
  }

  @Override
  public void processElement(StreamRecord<RawRecord> element) throws Exception {
    RawRecord record = element.getValue();
    if (!batch.fits(record)) {
      flush();
    }
    if (batch.isEmpty()) {
      startTimer();
    }
    batch.add(record);
    if (batch.isFull()) {
      flush();
    }
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    flush();
    watermark.advance(mark.getTimestamp());
    super.processWatermark(mark);
  }

  @Override
  public void processWatermarkStatus(WatermarkStatus status) throws Exception {
    // what is sent on an idle channel can be late at the other end
    flush();
    watermark.idle(status.isIdle());
    super.processWatermarkStatus(status);
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
    flush();
    super.prepareSnapshotPreBarrier(checkpointId);
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    watermark.snapshot();
  }

  /** At the end of input, and where the job is drained. */
  @Override
  public void finish() throws Exception {
    flush();
    if (watermark.isIdle()) {
      // Flink sends no watermark on an idle channel, so not the last one either: windows would stay
      // open for ever.
      processWatermarkStatus(WatermarkStatus.ACTIVE);
      processWatermark(Watermark.MAX_WATERMARK);
    }
    super.finish();
  }

  @Override
  public void close() throws Exception {
    try {
      if (ingest != null) {
        ingest.close();
        ingest = null;
      }
    } finally {
      super.close();
    }
  }

  /** One timer at a time: it looks whether the present batch is old enough, or sleeps on. */
  private void startTimer() {
    long now = getProcessingTimeService().getCurrentProcessingTime();
    batchStarted = now;
    if (!timerSet) {
      timerSet = true;
      getProcessingTimeService().registerTimer(now + batchTimeoutMillis, this::ring);
    }
  }

  private void ring(long time) throws Exception {
    timerSet = false;
    if (batch.isEmpty()) {
      return;
    }
    long due = batchStarted + batchTimeoutMillis;
    if (due <= time) {
      flush();
    } else {
      timerSet = true;
      getProcessingTimeService().registerTimer(due, this::ring);
    }
  }

  private void flush() {
    if (batch.isEmpty()) {
      return;
    }
    IngestResult result =
        ingest.ingest(batch.values(), batch.ends(), batch.count(), watermark.millis());
    for (int i = 0; i < contributionTags.size(); i++) {
      emitContributions(contributionTags.get(i), result.contributions(i));
    }
    for (int i = 0; i < result.documentCount(); i++) {
      output.collect(
          IngestOutputs.DOCUMENTS,
          new StreamRecord<>(
              new Document(
                  result.documentId(i), result.documentVersion(i), result.documentBody(i))));
    }
    for (int i = 0; i < result.rejectCount(); i++) {
      DeadLetter letter =
          DeadLetter.rejected(
              batch.record(result.rejectIndex(i)),
              result.rejectReason(i),
              result.rejectDetail(i),
              result.rejectComponent(i));
      output.collect(IngestOutputs.REJECTED, new StreamRecord<>(letter));
      metrics.rejected(letter.reason());
    }
    for (int i = 0; i < result.lateCount(); i++) {
      List<String> slots = result.lateFor(i);
      DeadLetter letter =
          DeadLetter.late(
              batch.record(result.lateIndex(i)),
              slots,
              "its last window was over when the watermark stood at " + watermark.millis() + " ms");
      output.collect(IngestOutputs.LATE, new StreamRecord<>(letter));
      metrics.late(slots);
    }
    metrics.batch(batch.count(), result);
    if (timestamps != null) {
      timestamps.check(batch, result);
    }
    batch.clear();
  }

  private void emitContributions(OutputTag<Contribution> tag, Contributions contributions) {
    for (int i = 0; i < contributions.size(); i++) {
      long sliceStart = contributions.sliceStart(i);
      Contribution contribution =
          new Contribution(
              new Key(contributions.key(i)),
              sliceStart,
              contributions.weight(i),
              contributions.partial(i));
      output.collect(tag, new StreamRecord<>(contribution, sliceStart));
    }
  }
}
