package io.wasmflink.source;

import io.wasmflink.settings.JobSettings;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.connector.kafka.source.KafkaSourceOptions;
import org.apache.flink.connector.kafka.source.enumerator.initializer.NoStoppingOffsetsInitializer;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.enumerator.subscriber.KafkaSubscriber;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** The topic of raw records as a source. */
public final class KafkaInput {
  /**
   * Producers learn of a new partition within five minutes (their metadata.max.age.ms), a new
   * producer at once.
   */
  private static final String DISCOVERY_INTERVAL_MILLIS = "10000";

  private KafkaInput() {}

  /** A source with watermarks of its own; none need be made behind it. */
  public static Source<RawRecord, ?, ?> source(JobSettings settings, EventTimeStrategy eventTime) {
    OffsetsInitializer start = start(settings.start());
    return new RawRecordSource(
        properties(settings, start.getAutoOffsetResetStrategy()),
        KafkaSubscriber.getTopicListSubscriber(List.of(settings.topic())),
        start,
        settings.bounded() ? OffsetsInitializer.latest() : new NoStoppingOffsetsInitializer(),
        settings.bounded() ? Boundedness.BOUNDED : Boundedness.CONTINUOUS_UNBOUNDED,
        eventTime,
        settings.idleness());
  }

  /** What the user gives counts more, except where this job can't read without it. */
  static Properties properties(JobSettings settings, OffsetResetStrategy reset) {
    Properties properties = new Properties();
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.put(
        KafkaSourceOptions.PARTITION_DISCOVERY_INTERVAL_MS.key(), DISCOVERY_INTERVAL_MILLIS);
    properties.put(KafkaSourceOptions.CLIENT_ID_PREFIX.key(), settings.groupId());
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    properties.putAll(settings.kafkaProperties());
    properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, settings.kafkaBootstrap());
    properties.put(ConsumerConfig.GROUP_ID_CONFIG, settings.groupId());
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, reset.name().toLowerCase(Locale.ROOT));
    String bytes = ByteArrayDeserializer.class.getName();
    properties.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, bytes);
    properties.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, bytes);
    if (settings.bounded()) {
      properties.put(KafkaSourceOptions.PARTITION_DISCOVERY_INTERVAL_MS.key(), "-1");
    }
    return properties;
  }

  private static OffsetsInitializer start(JobSettings.Start start) {
    switch (start) {
      case EARLIEST:
        return OffsetsInitializer.earliest();
      case LATEST:
        return OffsetsInitializer.latest();
      case COMMITTED:
        return OffsetsInitializer.committedOffsets(OffsetResetStrategy.EARLIEST);
      default:
        throw new IllegalArgumentException("Unknown start " + start);
    }
  }
}
