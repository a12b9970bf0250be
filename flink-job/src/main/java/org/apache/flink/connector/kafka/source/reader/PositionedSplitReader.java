package org.apache.flink.connector.kafka.source.reader;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsAddition;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsChange;
import org.apache.flink.connector.kafka.source.metrics.KafkaSourceReaderMetrics;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;

/**
 * The connector's reader of partitions, which here goes by the consumer's position. What a consumer
 * does not hand on moves its position all the same: transaction markers, aborted records, what
 * compaction took away. Flink 1.16 goes by the offset of the last record instead, so that a bounded
 * partition with such an end is never finished.
 *
 * <p>It is in the connector's package because the consumer is visible there only.
 */
public final class PositionedSplitReader extends KafkaPartitionSplitReader {
  /** Told on the task's thread what happens to fetched records. */
  public interface Handover {
    /** Records of a partition come next. */
    void reading(String split);

    /** All that was fetched up to these offsets (those of the next records) was handed on. */
    void handedOn(Map<String, Long> positions);

    /** Partitions of a bounded input that are read to their ends. */
    void finished(Set<String> splits);
  }

  private final KafkaSourceReaderMetrics metrics;
  private final Handover handover;
  private final Map<TopicPartition, Long> ends = new HashMap<>();

  public PositionedSplitReader(
      Properties properties,
      SourceReaderContext context,
      KafkaSourceReaderMetrics metrics,
      Handover handover) {
    super(properties, context, metrics);
    this.metrics = metrics;
    this.handover = handover;
  }

  /** Asks for the present ends itself: those that the connector finds are not to be seen. */
  @Override
  public void handleSplitsChanges(SplitsChange<KafkaPartitionSplit> change) {
    List<KafkaPartitionSplit> splits = change.splits();
    List<TopicPartition> unknown =
        splits.stream()
            .filter(split -> split.getStoppingOffset().isPresent())
            .map(KafkaPartitionSplit::getTopicPartition)
            .collect(Collectors.toList());
    if (unknown.isEmpty()) {
      super.handleSplitsChanges(change);
      return;
    }
    Map<TopicPartition, Long> found = endOffsets(unknown);
    List<KafkaPartitionSplit> ending = new ArrayList<>();
    for (KafkaPartitionSplit split : splits) {
      TopicPartition partition = split.getTopicPartition();
      long end =
          split.getStoppingOffset().filter(offset -> offset >= 0).orElse(found.get(partition));
      ends.put(partition, end);
      ending.add(new KafkaPartitionSplit(partition, split.getStartingOffset(), end));
    }
    super.handleSplitsChanges(new SplitsAddition<>(ending));
  }

  @Override
  public RecordsWithSplitIds<ConsumerRecord<byte[], byte[]>> fetch() throws IOException {
    RecordsWithSplitIds<ConsumerRecord<byte[], byte[]>> records = super.fetch();
    Set<String> finished = new HashSet<>(records.finishedSplits());
    Map<String, Long> positions = new HashMap<>();
    Set<TopicPartition> assigned = new HashSet<>(consumer().assignment());
    boolean ended = false;
    for (TopicPartition partition : Set.copyOf(assigned)) {
      Long position = position(partition);
      if (position == null) {
        continue;
      }
      String split = KafkaPartitionSplit.toSplitId(partition);
      positions.put(split, position);
      if (position >= ends.getOrDefault(partition, Long.MAX_VALUE)) {
        finished.add(split);
        assigned.remove(partition);
        metrics.removeRecordsLagMetric(partition);
        ended = true;
      }
    }
    if (ended) {
      consumer().assign(assigned);
    }
    return new HandedOver(records, finished, positions, handover);
  }

  private Map<TopicPartition, Long> endOffsets(List<TopicPartition> partitions) {
    try {
      return consumer().endOffsets(partitions);
    } catch (WakeupException e) {
      // It was meant for the fetch before, which was over already.
      return consumer().endOffsets(partitions);
    }
  }

  /** Null where the consumer is about to find it; never asks the broker. */
  private Long position(TopicPartition partition) {
    try {
      return consumer().position(partition, Duration.ZERO);
    } catch (TimeoutException | WakeupException e) {
      return null;
    }
  }

  private static final class HandedOver
      implements RecordsWithSplitIds<ConsumerRecord<byte[], byte[]>> {
    private final RecordsWithSplitIds<ConsumerRecord<byte[], byte[]>> records;
    private final Set<String> finished;
    private final Map<String, Long> positions;
    private final Handover handover;

    HandedOver(
        RecordsWithSplitIds<ConsumerRecord<byte[], byte[]>> records,
        Set<String> finished,
        Map<String, Long> positions,
        Handover handover) {
      this.records = records;
      this.finished = finished;
      this.positions = positions;
      this.handover = handover;
    }

    @Override
    public String nextSplit() {
      String split = records.nextSplit();
      if (split != null) {
        handover.reading(split);
      }
      return split;
    }

    @Override
    public ConsumerRecord<byte[], byte[]> nextRecordFromSplit() {
      return records.nextRecordFromSplit();
    }

    @Override
    public Set<String> finishedSplits() {
      return finished;
    }

    @Override
    public void recycle() {
      records.recycle();
      handover.handedOn(positions);
      if (!finished.isEmpty()) {
        handover.finished(finished);
      }
    }
  }
}
