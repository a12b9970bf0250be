package io.wasmflink.source;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;

/** Asks the broker where partitions end at present. */
interface EndOffsets extends AutoCloseable {
  /**
   * @return completes soon, whatever the broker does: with the offset behind the last record of
   *     each partition that it answered for
   */
  CompletableFuture<Map<TopicPartition, Long>> ask(Collection<TopicPartition> partitions);

  @Override
  void close();
}
