package io.wasmflink.source;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.apache.flink.api.connector.source.ReaderInfo;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.metrics.groups.SplitEnumeratorMetricGroup;
import org.apache.flink.util.ExceptionUtils;
import org.apache.kafka.common.errors.RetriableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connector's enumerator, with two things more. It tells readers when all partitions are
 * assigned: a reader without any must not hold back the others, and only the enumerator knows that
 * none is on its way. And it asks for new partitions again where Kafka did not answer; the
 * connector would let the job fail.
 */
final class PartitionAssignment
    implements SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionAssignment.class);

  private final SplitEnumeratorContext<KafkaPartitionSplit> context;
  private final SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> enumerator;

  /** Questions and their consequences that are under way. */
  private int underWay;

  private boolean allAssigned;

  PartitionAssignment(
      SplitEnumeratorContext<KafkaPartitionSplit> context,
      Function<
              SplitEnumeratorContext<KafkaPartitionSplit>,
              SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState>>
          enumerator) {
    this.context = context;
    this.enumerator = enumerator.apply(new Context());
  }

  @Override
  public void start() {
    enumerator.start();
  }

  @Override
  public void handleSplitRequest(int subtask, String host) {
    enumerator.handleSplitRequest(subtask, host);
  }

  @Override
  public void addSplitsBack(List<KafkaPartitionSplit> splits, int subtask) {
    enumerator.addSplitsBack(splits, subtask);
  }

  @Override
  public void addReader(int subtask) {
    enumerator.addReader(subtask);
    if (allAssigned) {
      context.sendEventToSourceReader(subtask, new AllAssigned());
    }
  }

  @Override
  public void handleSourceEvent(int subtask, SourceEvent event) {
    enumerator.handleSourceEvent(subtask, event);
  }

  @Override
  public KafkaSourceEnumState snapshotState(long checkpointId) throws Exception {
    return enumerator.snapshotState(checkpointId);
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) throws Exception {
    enumerator.notifyCheckpointComplete(checkpointId);
  }

  @Override
  public void close() throws IOException {
    enumerator.close();
  }

  /** After each step of the enumerator: what it found is assigned once nothing is under way. */
  private void stepped() {
    if (!allAssigned && underWay == 0) {
      allAssigned = true;
      for (int subtask : context.registeredReaders().keySet()) {
        context.sendEventToSourceReader(subtask, new AllAssigned());
      }
    }
  }

  private final class Context implements SplitEnumeratorContext<KafkaPartitionSplit> {
    @Override
    public <T> void callAsync(Callable<T> callable, BiConsumer<T, Throwable> handler) {
      underWay++;
      context.callAsync(
          callable,
          (T result, Throwable error) -> {
            underWay--;
            handler.accept(result, error);
            stepped();
          });
    }

    @Override
    public <T> void callAsync(
        Callable<T> callable,
        BiConsumer<T, Throwable> handler,
        long initialDelayMillis,
        long periodMillis) {
      context.callAsync(
          callable,
          (T result, Throwable error) -> {
            if (error != null
                && ExceptionUtils.findThrowable(error, RetriableException.class).isPresent()) {
              LOG.warn(
                  "Kafka does not say which partitions the topic has; it is asked again in {} ms.",
                  periodMillis,
                  error);
              return;
            }
            handler.accept(result, error);
            stepped();
          },
          initialDelayMillis,
          periodMillis);
    }

    @Override
    public SplitEnumeratorMetricGroup metricGroup() {
      return context.metricGroup();
    }

    @Override
    public void sendEventToSourceReader(int subtask, SourceEvent event) {
      context.sendEventToSourceReader(subtask, event);
    }

    @Override
    public int currentParallelism() {
      return context.currentParallelism();
    }

    @Override
    public Map<Integer, ReaderInfo> registeredReaders() {
      return context.registeredReaders();
    }

    @Override
    public void assignSplits(SplitsAssignment<KafkaPartitionSplit> assignment) {
      context.assignSplits(assignment);
    }

    @Override
    public void signalNoMoreSplits(int subtask) {
      context.signalNoMoreSplits(subtask);
    }

    @Override
    public void runInCoordinatorThread(Runnable runnable) {
      context.runInCoordinatorThread(runnable);
    }
  }
}
