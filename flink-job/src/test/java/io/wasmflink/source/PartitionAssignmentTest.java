package io.wasmflink.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.function.BiConsumer;
import org.apache.flink.api.connector.source.ReaderInfo;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.metrics.groups.SplitEnumeratorMetricGroup;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;

class PartitionAssignmentTest {
  private final List<String> events = new ArrayList<>();
  private final Coordinator coordinator = new Coordinator();
  private Connector connector;
  private final PartitionAssignment assignment =
      new PartitionAssignment(coordinator, context -> connector = new Connector(context));

  @Test
  void readersAreToldWhenWhatWasFoundIsAssigned() {
    coordinator.register(0);
    assignment.addReader(0);
    assignment.start();
    coordinator.answer("1 partition", null);
    assertEquals(List.of("found 1 partition"), events, "it is not assigned yet");
    coordinator.runNext();
    assertEquals(List.of("found 1 partition", "assigned", "told 0"), events);
    coordinator.register(1);
    assignment.addReader(1);
    assertEquals("told 1", events.get(3));
  }

  @Test
  void readersAreToldOnceAlsoWherePartitionsAreAddedLater() {
    coordinator.register(0);
    assignment.addReader(0);
    assignment.start();
    coordinator.answer("", null);
    assertEquals(List.of("found ", "told 0"), events);
    coordinator.answer("1 more", null);
    coordinator.runNext();
    assertEquals(List.of("found ", "told 0", "found 1 more", "assigned"), events);
  }

  @Test
  void aBrokerThatDoesNotAnswerIsAskedAgain() {
    coordinator.register(0);
    assignment.addReader(0);
    assignment.start();
    Throwable timeout =
        new RuntimeException(new ExecutionException(new TimeoutException("no answer")));
    coordinator.answer(null, timeout);
    assertEquals(List.of(), events);
    coordinator.answer("", null);
    assertEquals(List.of("found ", "told 0"), events);
  }

  @Test
  void whatNoWaitingMendsFailsAsEver() {
    assignment.start();
    Throwable refusal = new TopicAuthorizationException("crime");
    coordinator.answer(null, refusal);
    assertSame(refusal, connector.failure);
  }

  /** Asks at once and then periodically, as the connector does, and assigns in a second step. */
  private final class Connector
      implements SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> {
    private final SplitEnumeratorContext<KafkaPartitionSplit> context;
    private Throwable failure;

    Connector(SplitEnumeratorContext<KafkaPartitionSplit> context) {
      this.context = context;
    }

    @Override
    public void start() {
      context.callAsync(() -> "", this::found, 0, 1000);
    }

    private void found(String partitions, Throwable error) {
      failure = error;
      events.add("found " + partitions);
      if (error == null && !partitions.isEmpty()) {
        context.callAsync(() -> "", (result, none) -> events.add("assigned"));
      }
    }

    @Override
    public void handleSplitRequest(int subtask, String host) {}

    @Override
    public void addSplitsBack(List<KafkaPartitionSplit> splits, int subtask) {}

    @Override
    public void addReader(int subtask) {}

    @Override
    public KafkaSourceEnumState snapshotState(long checkpointId) {
      return null;
    }

    @Override
    public void close() {}
  }

  /** Runs what it is asked to when the test says so. */
  private final class Coordinator implements SplitEnumeratorContext<KafkaPartitionSplit> {
    private final Map<Integer, ReaderInfo> readers = new HashMap<>();
    private final Queue<Runnable> once = new ArrayDeque<>();
    private BiConsumer<String, Throwable> periodic;

    void register(int subtask) {
      readers.put(subtask, new ReaderInfo(subtask, "here"));
    }

    void answer(String partitions, Throwable error) {
      periodic.accept(partitions, error);
    }

    void runNext() {
      once.remove().run();
    }

    @Override
    public <T> void callAsync(Callable<T> callable, BiConsumer<T, Throwable> handler) {
      once.add(
          () -> {
            try {
              handler.accept(callable.call(), null);
            } catch (Exception e) {
              throw new AssertionError(e);
            }
          });
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> void callAsync(
        Callable<T> callable, BiConsumer<T, Throwable> handler, long initial, long period) {
      periodic = (BiConsumer<String, Throwable>) (BiConsumer<?, Throwable>) handler;
    }

    @Override
    public void sendEventToSourceReader(int subtask, SourceEvent event) {
      events.add("told " + subtask);
    }

    @Override
    public Map<Integer, ReaderInfo> registeredReaders() {
      return readers;
    }

    @Override
    public int currentParallelism() {
      return 2;
    }

    @Override
    public SplitEnumeratorMetricGroup metricGroup() {
      throw new AssertionError();
    }

    @Override
    public void assignSplits(SplitsAssignment<KafkaPartitionSplit> newSplitAssignments) {
      throw new AssertionError();
    }

    @Override
    public void signalNoMoreSplits(int subtask) {
      throw new AssertionError();
    }

    @Override
    public void runInCoordinatorThread(Runnable runnable) {
      throw new AssertionError();
    }
  }
}
