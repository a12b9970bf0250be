package io.wasmflink.sink;

import io.wasmflink.ingest.DeadLetter;
import io.wasmflink.settings.JobSettings;
import java.util.Properties;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.kafka.clients.producer.ProducerConfig;

/** A topic for dead letters as a sink. */
public final class DeadLetterTopic {
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
    properties.putAll(settings.kafkaProperties());
    return KafkaSink.<DeadLetter>builder()
        .setKafkaProducerConfig(properties)
        .setBootstrapServers(settings.kafkaBootstrap())
        .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
        .setRecordSerializer(new DeadLetterRecords(topic, maxMessageBytes))
        .build();
  }
}
