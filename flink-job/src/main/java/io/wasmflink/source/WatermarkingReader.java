package io.wasmflink.source;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.InputStatus;

/**
 * The connector's reader, with watermarks beside the records. It is asked for records also when
 * there are none, as often as watermarks are due; not while what is behind it takes none, so then
 * no partition becomes idle.
 */
final class WatermarkingReader implements SourceReader<RawRecord, KafkaPartitionSplit> {
  private final SourceReader<RawRecord, KafkaPartitionSplit> reader;
  private final PartitionWatermarks watermarks;
  private final Supplier<CompletableFuture<Void>> timer;
  private CompletableFuture<Void> tick = CompletableFuture.completedFuture(null);

  /**
   * @param timer gives futures that complete when the next watermark is due
   */
  WatermarkingReader(
      SourceReader<RawRecord, KafkaPartitionSplit> reader,
      PartitionWatermarks watermarks,
      Supplier<CompletableFuture<Void>> timer) {
    this.reader = reader;
    this.watermarks = watermarks;
    this.timer = timer;
  }

  @Override
  public InputStatus pollNext(ReaderOutput<RawRecord> output) throws Exception {
    if (tick.isDone()) {
      tick = timer.get();
      watermarks.connect(output);
      watermarks.tick();
    }
    return reader.pollNext(output);
  }

  @Override
  public CompletableFuture<Void> isAvailable() {
    CompletableFuture<Void> records = reader.isAvailable();
    return records.isDone()
        ? records
        : CompletableFuture.anyOf(records, tick).thenApply(any -> null);
  }

  @Override
  public void addSplits(List<KafkaPartitionSplit> splits) {
    watermarks.add(splits);
    reader.addSplits(splits);
    // They are to be known to the output before they are read.
    tick = CompletableFuture.completedFuture(null);
  }

  @Override
  public void handleSourceEvents(SourceEvent event) {
    if (event instanceof AllAssigned) {
      watermarks.allAssigned();
    } else {
      reader.handleSourceEvents(event);
    }
  }

  @Override
  public void start() {
    reader.start();
  }

  @Override
  public List<KafkaPartitionSplit> snapshotState(long checkpointId) {
    return reader.snapshotState(checkpointId);
  }

  @Override
  public void notifyNoMoreSplits() {
    reader.notifyNoMoreSplits();
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) throws Exception {
    reader.notifyCheckpointComplete(checkpointId);
  }

  @Override
  public void notifyCheckpointAborted(long checkpointId) throws Exception {
    reader.notifyCheckpointAborted(checkpointId);
  }

  @Override
  public void close() throws Exception {
    try {
      reader.close();
    } finally {
      watermarks.close();
    }
  }
}
