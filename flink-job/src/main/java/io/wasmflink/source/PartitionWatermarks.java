package io.wasmflink.source;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.connector.kafka.source.reader.PositionedSplitReader.Handover;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.common.TopicPartition;

/**
 * The partitions of one reader: how far each has come in event time, and which are idle. The
 * watermark is the least of those that are not. A partition counts from the moment that it is
 * assigned, so it holds the watermark back until it has records or is idle.
 *
 * <p>All of it on the task's thread.
 */
final class PartitionWatermarks implements Handover, AutoCloseable {
  private static final long UNKNOWN = -1;

  private final Supplier<PartitionTime> times;
  private final Idleness idleness;
  private final EndOffsets endOffsets;
  private final LongSupplier nanoTime;
  private final Map<String, Partition> partitions = new LinkedHashMap<>();

  private ReaderOutput<RawRecord> output;
  private Partition current;
  private boolean allAssigned;

  /** Whether this instance holds no other back. */
  private boolean idle;

  private CompletableFuture<Map<TopicPartition, Long>> question;
  private List<Partition> askedFor = new ArrayList<>();
  private long asked;

  /**
   * @param idleness null where no partition ever is idle
   * @param endOffsets null with it
   */
  PartitionWatermarks(
      Supplier<PartitionTime> times,
      Idleness idleness,
      EndOffsets endOffsets,
      LongSupplier nanoTime) {
    this.times = times;
    this.idleness = idleness;
    this.endOffsets = endOffsets;
    this.nanoTime = nanoTime;
    if (idleness != null) {
      asked = nanoTime.getAsLong() - idleness.step().toNanos();
    }
  }

  void add(Collection<KafkaPartitionSplit> splits) {
    for (KafkaPartitionSplit split : splits) {
      partitions.put(split.splitId(), new Partition(split.getTopicPartition()));
    }
  }

  /** Whatever partitions there are: those of this instance are assigned, if it has any. */
  void allAssigned() {
    allAssigned = true;
  }

  /** Makes new partitions known to the output, before any of them is read. */
  void connect(ReaderOutput<RawRecord> to) {
    output = to;
    for (Map.Entry<String, Partition> entry : partitions.entrySet()) {
      if (entry.getValue().output == null) {
        entry.getValue().output = to.createOutputForSplit(entry.getKey());
        activate();
      }
    }
  }

  /** From time to time: sends watermarks, and looks which partitions are idle. */
  void tick() {
    long now = nanoTime.getAsLong();
    if (idleness != null) {
      dismissStale(now);
    }
    emit();
    if (idleness != null) {
      hear(now);
      ask(now);
    }
    if (!idle && isEveryPartitionIdle()) {
      idle = true;
      output.markIdle();
    }
  }

  @Override
  public void reading(String split) {
    current = partitions.get(split);
    if (current.isIdle() && idle) {
      // The stream stood still and goes on. The others will follow, but not at the same moment.
      partitions.values().forEach(this::dismiss);
    } else {
      dismiss(current);
    }
  }

  /** A record of the partition that is being read was handed on. */
  void handedOn(RawRecord record, long eventTime) {
    current.time.onEvent(record, eventTime, current.output);
  }

  @Override
  public void handedOn(Map<String, Long> positions) {
    positions.forEach(
        (split, position) -> {
          Partition partition = partitions.get(split);
          if (partition != null) {
            partition.position = position;
          }
        });
  }

  @Override
  public void finished(Set<String> splits) {
    partitions.keySet().removeAll(splits);
  }

  @Override
  public void close() {
    if (endOffsets != null) {
      endOffsets.close();
    }
  }

  /** That which holds the watermark back comes last: so it moves once, not with each partition. */
  private void emit() {
    List<Partition> leastLast = new ArrayList<>(partitions.values());
    leastLast.sort(
        Comparator.comparingLong((Partition partition) -> partition.time.emitted()).reversed());
    leastLast.forEach(partition -> partition.time.onPeriodicEmit(partition.output));
  }

  private void dismissStale(long now) {
    for (Partition partition : partitions.values()) {
      if (partition.evidence.isStale(now)) {
        dismiss(partition);
      }
    }
  }

  private void ask(long now) {
    if (question != null || now - asked < idleness.step().toNanos()) {
      return;
    }
    asked = now;
    askedFor =
        partitions.values().stream()
            .filter(Partition::wasSilent)
            .collect(Collectors.toCollection(ArrayList::new));
    if (!askedFor.isEmpty()) {
      question =
          endOffsets.ask(askedFor.stream().map(one -> one.place).collect(Collectors.toList()));
    }
  }

  private void hear(long now) {
    if (question == null || !question.isDone()) {
      return;
    }
    Map<TopicPartition, Long> ends = question.join();
    question = null;
    // Where all become idle, the one that came furthest says last how far that is.
    askedFor.sort(Comparator.comparingLong(partition -> partition.time.emitted()));
    for (Partition partition : askedFor) {
      Long end = ends.get(partition.place);
      if (end == null) {
        continue; // what is known becomes stale by itself
      }
      if (partition.position == UNKNOWN || partition.position < end) {
        dismiss(partition);
        continue;
      }
      partition.time.settle();
      if (partition.evidence.confirm(asked, now)) {
        partition.time.onPeriodicEmit(partition.output);
        partition.output.markIdle();
      }
    }
  }

  private void dismiss(Partition partition) {
    partition.silent = false;
    if (partition.isIdle()) {
      activate();
      partition.output.markActive();
    }
    if (partition.evidence != null) {
      partition.evidence.dismiss();
    }
  }

  /** Flink would tell the next operators only with the next watermark, and they would go on. */
  private void activate() {
    if (idle) {
      idle = false;
      output.markActive();
    }
  }

  private boolean isEveryPartitionIdle() {
    return partitions.isEmpty()
        ? allAssigned
        : partitions.values().stream().allMatch(Partition::isIdle);
  }

  private final class Partition {
    private final TopicPartition place;
    private final PartitionTime time = times.get();
    private final Idleness.Evidence evidence = idleness == null ? null : idleness.new Evidence();
    private SourceOutput<RawRecord> output;
    private long position = UNKNOWN;
    private boolean silent = true;

    Partition(TopicPartition place) {
      this.place = place;
    }

    boolean isIdle() {
      return evidence != null && evidence.isIdle();
    }

    /** Whether nothing was read of it since the last question. */
    boolean wasSilent() {
      boolean was = silent;
      silent = true;
      return was;
    }
  }
}
