package io.wasmflink.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wasmflink.job.SampleCrime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class WatermarkingReaderTest {
  private final List<String> events = new ArrayList<>();
  private final Inner inner = new Inner();
  private final TooFarAhead tooFarAhead = new TooFarAhead(new UnregisteredMetricsGroup());
  private final PartitionWatermarks watermarks =
      new PartitionWatermarks(
          () -> new PartitionTime(Duration.ZERO, Duration.ZERO, tooFarAhead), null, null, () -> 0);
  private CompletableFuture<Void> due = new CompletableFuture<>();
  private final WatermarkingReader reader = new WatermarkingReader(inner, watermarks, () -> due);

  @Test
  void partitionsAreKnownToTheOutputBeforeAnyOfThemIsRead() throws Exception {
    reader.addSplits(List.of(split(0), split(2)));
    reader.pollNext(new Output());
    assertEquals(List.of("known crime-0", "known crime-2", "read"), events);
    reader.pollNext(new Output());
    reader.addSplits(List.of(split(1)));
    reader.pollNext(new Output());
    assertEquals(List.of("read", "known crime-1", "read"), events.subList(3, 6));
  }

  @Test
  void itIsAvailableForRecordsAndForWatermarksAndNeverOtherwise() throws Exception {
    reader.pollNext(new Output());
    CompletableFuture<Void> forWatermarks = reader.isAvailable();
    assertFalse(forWatermarks.isDone());
    due.complete(null);
    assertTrue(forWatermarks.isDone());
    due = new CompletableFuture<>();
    reader.pollNext(new Output());
    CompletableFuture<Void> forRecords = reader.isAvailable();
    assertFalse(forRecords.isDone());
    inner.records.complete(null);
    assertTrue(forRecords.isDone());
    assertTrue(reader.isAvailable().isDone());
  }

  @Test
  void watermarksAreSentWhenTheyAreDue() throws Exception {
    reader.addSplits(List.of(split(0)));
    reader.pollNext(new Output());
    watermarks.reading(split(0).splitId());
    watermarks.handedOn(new RawRecord(null, SampleCrime.TOPIC, 0, 0, 70), 70);
    reader.pollNext(new Output());
    assertEquals(List.of("known crime-0", "read", "read"), events);
    due.complete(null);
    reader.pollNext(new Output());
    assertEquals(List.of("watermark 69", "read"), events.subList(3, 5));
  }

  private static KafkaPartitionSplit split(int partition) {
    return new KafkaPartitionSplit(new TopicPartition(SampleCrime.TOPIC, partition), 0);
  }

  private final class Inner implements SourceReader<RawRecord, KafkaPartitionSplit> {
    private final CompletableFuture<Void> records = new CompletableFuture<>();

    @Override
    public InputStatus pollNext(ReaderOutput<RawRecord> output) {
      events.add("read");
      return InputStatus.NOTHING_AVAILABLE;
    }

    @Override
    public void start() {}

    @Override
    public List<KafkaPartitionSplit> snapshotState(long checkpointId) {
      return List.of();
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
      return records;
    }

    @Override
    public void addSplits(List<KafkaPartitionSplit> splits) {}

    @Override
    public void notifyNoMoreSplits() {}

    @Override
    public void close() {}
  }

  private final class Output implements ReaderOutput<RawRecord> {
    @Override
    public SourceOutput<RawRecord> createOutputForSplit(String splitId) {
      events.add("known " + splitId);
      return this;
    }

    @Override
    public void releaseOutputForSplit(String splitId) {}

    @Override
    public void collect(RawRecord record) {}

    @Override
    public void collect(RawRecord record, long timestamp) {}

    @Override
    public void emitWatermark(Watermark watermark) {
      events.add("watermark " + watermark.getTimestamp());
    }

    @Override
    public void markIdle() {}

    @Override
    public void markActive() {}
  }
}
