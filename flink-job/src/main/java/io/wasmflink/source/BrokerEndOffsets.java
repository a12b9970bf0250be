package io.wasmflink.source;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * End offsets by Kafka's admin client. Records of transactions that are still open count: a
 * partition that has some is not read to its end, although a reader of committed records can't go
 * on.
 */
final class BrokerEndOffsets implements EndOffsets {
  private static final Logger LOG = LoggerFactory.getLogger(BrokerEndOffsets.class);

  private final Properties properties;
  private final ListOffsetsOptions options;
  private Admin admin;

  /**
   * @param properties as for a consumer
   * @param client name of this client
   * @param patience how long the broker may take to answer
   */
  BrokerEndOffsets(Properties properties, String client, Duration patience) {
    this.properties = new Properties();
    for (String name : properties.stringPropertyNames()) {
      if (AdminClientConfig.configNames().contains(name)) {
        this.properties.setProperty(name, properties.getProperty(name));
      }
    }
    String millis = String.valueOf(patience.toMillis());
    this.properties.setProperty(AdminClientConfig.CLIENT_ID_CONFIG, client);
    this.properties.setProperty(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, millis);
    this.properties.setProperty(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, millis);
    options = new ListOffsetsOptions().timeoutMs((int) patience.toMillis());
  }

  @Override
  public CompletableFuture<Map<TopicPartition, Long>> ask(Collection<TopicPartition> partitions) {
    if (admin == null) {
      admin = Admin.create(properties);
    }
    ListOffsetsResult result =
        admin.listOffsets(
            partitions.stream()
                .collect(Collectors.toMap(Function.identity(), partition -> OffsetSpec.latest())),
            options);
    Map<TopicPartition, Long> ends = new ConcurrentHashMap<>();
    CompletableFuture<?>[] answers =
        partitions.stream()
            .map(partition -> answer(result.partitionResult(partition), partition, ends))
            .toArray(CompletableFuture<?>[]::new);
    return CompletableFuture.allOf(answers).thenApply(all -> ends);
  }

  private static CompletableFuture<Void> answer(
      KafkaFuture<ListOffsetsResult.ListOffsetsResultInfo> result,
      TopicPartition partition,
      Map<TopicPartition, Long> ends) {
    CompletableFuture<Void> answered = new CompletableFuture<>();
    result.whenComplete(
        (info, error) -> {
          if (error == null) {
            ends.put(partition, info.offset());
          } else {
            LOG.debug("Where {} ends is not known at present", partition, error);
          }
          answered.complete(null);
        });
    return answered;
  }

  @Override
  public void close() {
    if (admin != null) {
      admin.close(Duration.ZERO);
    }
  }
}
