package io.wasmflink.source;

import io.wasmflink.settings.JobSettings;
import java.util.Properties;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;

/** The topic of raw records as a source. */
public final class KafkaInput {
  private KafkaInput() {}

  public static Source<RawRecord, ?, ?> source(JobSettings settings) {
    Properties properties = new Properties();
    properties.putAll(settings.kafkaProperties());
    KafkaSourceBuilder<RawRecord> builder =
        KafkaSource.<RawRecord>builder()
            .setProperties(properties)
            .setBootstrapServers(settings.kafkaBootstrap())
            .setTopics(settings.topic())
            .setGroupId(settings.groupId())
            .setStartingOffsets(start(settings.start()))
            .setDeserializer(new RawRecordReader());
    if (settings.bounded()) {
      builder.setBounded(OffsetsInitializer.latest());
    }
    return new WaitingForPartitions<>(builder.build(), RawRecord.TYPE);
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
