package io.wasmflink.sink;

import io.wasmflink.ingest.DeadLetter;
import io.wasmflink.settings.JobSettings;
import java.util.Properties;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.kafka.clients.producer.ProducerConfig;

/** A topic for dead letters as a sink. */
public final class DeadLetterTopic {
  /** How long Kafka may be away, ms. */
  private static final String PATIENCE_MILLIS = String.valueOf(20 * 60_000);

  /** Flink's own property, not one of Kafka's. */
  private static final String REGISTER_METRICS = "register.producer.metrics";

  private DeadLetterTopic() {}

  /**
   * At least once: after a failure a letter may be there twice, under the same key.
   *
   * @param maxMessageBytes what the topic takes; the value of a longer letter is cut
   */
  public static KafkaSink<DeadLetter> sink(
      JobSettings settings, String topic, int maxMessageBytes) {
    Properties properties = new Properties();
    properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, String.valueOf(maxMessageBytes));
    // waited out in the producer, where a failure would restart the job
    properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, PATIENCE_MILLIS);
    properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, PATIENCE_MILLIS);
    // The client has many metrics of the same name, told apart by tags that Flink drops: each start
    // would warn dozens of times. How many letters were sent, Flink counts itself.
    properties.put(REGISTER_METRICS, "false");
    properties.putAll(settings.kafkaProperties());
    return KafkaSink.<DeadLetter>builder()
        .setKafkaProducerConfig(properties)
        .setBootstrapServers(settings.kafkaBootstrap())
        .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
        .setRecordSerializer(new DeadLetterRecords(topic, maxMessageBytes))
        .build();
  }
}
