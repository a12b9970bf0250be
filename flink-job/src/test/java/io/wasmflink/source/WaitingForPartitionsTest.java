package io.wasmflink.source;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.core.io.InputStatus;
import org.junit.jupiter.api.Test;

class WaitingForPartitionsTest {
  private final List<String> events = new ArrayList<>();
  private final WaitingForPartitions.Reader<String, Partition> reader =
      new WaitingForPartitions.Reader<>(new Inner());

  @Test
  void partitionsAreKnownToTheOutputBeforeAnyOfThemIsRead() throws Exception {
    reader.addSplits(List.of(new Partition("crime-0"), new Partition("crime-2")));
    reader.pollNext(new Output());
    assertEquals(List.of("known crime-0", "known crime-2", "read"), events);
  }

  @Test
  void eachIsMadeKnownOnceAndLaterOnesWhenTheyCome() throws Exception {
    reader.addSplits(List.of(new Partition("crime-0")));
    reader.pollNext(new Output());
    reader.pollNext(new Output());
    reader.addSplits(List.of(new Partition("crime-1")));
    reader.pollNext(new Output());
    assertEquals(List.of("known crime-0", "read", "read", "known crime-1", "read"), events);
  }

  private static final class Partition implements SourceSplit {
    private final String id;

    Partition(String id) {
      this.id = id;
    }

    @Override
    public String splitId() {
      return id;
    }
  }

  private final class Inner implements SourceReader<String, Partition> {
    @Override
    public InputStatus pollNext(ReaderOutput<String> output) {
      events.add("read");
      return InputStatus.NOTHING_AVAILABLE;
    }

    @Override
    public void start() {}

    @Override
    public List<Partition> snapshotState(long checkpointId) {
      return List.of();
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void addSplits(List<Partition> splits) {}

    @Override
    public void notifyNoMoreSplits() {}

    @Override
    public void close() {}
  }

  private final class Output implements ReaderOutput<String> {
    @Override
    public SourceOutput<String> createOutputForSplit(String splitId) {
      events.add("known " + splitId);
      return this;
    }

    @Override
    public void releaseOutputForSplit(String splitId) {}

    @Override
    public void collect(String record) {}

    @Override
    public void collect(String record, long timestamp) {}

    @Override
    public void emitWatermark(Watermark watermark) {}

    @Override
    public void markIdle() {}

    @Override
    public void markActive() {}
  }
}
