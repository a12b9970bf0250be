package io.wasmflink.source;

import java.time.Duration;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.eventtime.TimestampAssigner;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.synchronization.FutureCompletingBlockingQueue;
import org.apache.flink.connector.kafka.source.KafkaSourceOptions;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumStateSerializer;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumerator;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.enumerator.subscriber.KafkaSubscriber;
import org.apache.flink.connector.kafka.source.metrics.KafkaSourceReaderMetrics;
import org.apache.flink.connector.kafka.source.reader.KafkaSourceReader;
import org.apache.flink.connector.kafka.source.reader.PositionedSplitReader;
import org.apache.flink.connector.kafka.source.reader.fetcher.KafkaSourceFetcherManager;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplitSerializer;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.util.concurrent.FutureUtils;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Raw records from the partitions of a topic, with watermarks. Put together from the parts of
 * Flink's connector for Kafka, and with its state; what makes the difference is {@link
 * PositionedSplitReader}, {@link PartitionWatermarks} and {@link PartitionAssignment}.
 */
final class RawRecordSource
    implements Source<RawRecord, KafkaPartitionSplit, KafkaSourceEnumState>,
        ResultTypeQueryable<RawRecord> {
  private static final long serialVersionUID = 1L;

  /** As often as Flink sends watermarks. */
  private static final Duration WATERMARK_INTERVAL = Duration.ofMillis(200);

  private final Properties properties;
  private final KafkaSubscriber topic;
  private final OffsetsInitializer start;
  private final OffsetsInitializer stop;
  private final Boundedness boundedness;
  private final EventTimeStrategy eventTime;
  private final Duration idleness;

  /**
   * @param properties of Kafka's clients
   * @param idleness zero for never
   */
  RawRecordSource(
      Properties properties,
      KafkaSubscriber topic,
      OffsetsInitializer start,
      OffsetsInitializer stop,
      Boundedness boundedness,
      EventTimeStrategy eventTime,
      Duration idleness) {
    this.properties = properties;
    this.topic = topic;
    this.start = start;
    this.stop = stop;
    this.boundedness = boundedness;
    this.eventTime = eventTime;
    this.idleness = idleness;
  }

  @Override
  public Boundedness getBoundedness() {
    return boundedness;
  }

  @Override
  public TypeInformation<RawRecord> getProducedType() {
    return RawRecord.TYPE;
  }

  @Override
  public SourceReader<RawRecord, KafkaPartitionSplit> createReader(SourceReaderContext context) {
    PartitionWatermarks watermarks = watermarks(context);
    TimestampAssigner<RawRecord> times = eventTime.createTimestampAssigner(context::metricGroup);
    KafkaSourceReaderMetrics metrics = new KafkaSourceReaderMetrics(context.metricGroup());
    FutureCompletingBlockingQueue<RecordsWithSplitIds<ConsumerRecord<byte[], byte[]>>> queue =
        new FutureCompletingBlockingQueue<>();
    KafkaSourceFetcherManager fetchers =
        new KafkaSourceFetcherManager(
            queue,
            () -> new PositionedSplitReader(properties, context, metrics, watermarks),
            finished -> {});
    Configuration configuration = new Configuration();
    properties
        .stringPropertyNames()
        .forEach(name -> configuration.setString(name, properties.getProperty(name)));
    return new WatermarkingReader(
        new KafkaSourceReader<>(
            queue,
            fetchers,
            new RawRecordEmitter(times, watermarks),
            configuration,
            context,
            metrics),
        watermarks,
        RawRecordSource::untilNextWatermark);
  }

  @Override
  public SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> createEnumerator(
      SplitEnumeratorContext<KafkaPartitionSplit> context) {
    return enumerator(context, new LaterFromTheBeginning(start), Set.of());
  }

  @Override
  public SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> restoreEnumerator(
      SplitEnumeratorContext<KafkaPartitionSplit> context, KafkaSourceEnumState state) {
    Set<TopicPartition> assigned = state.assignedPartitions();
    return enumerator(
        context,
        assigned.isEmpty() ? new LaterFromTheBeginning(start) : OffsetsInitializer.earliest(),
        assigned);
  }

  @Override
  public SimpleVersionedSerializer<KafkaPartitionSplit> getSplitSerializer() {
    return new KafkaPartitionSplitSerializer();
  }

  @Override
  public SimpleVersionedSerializer<KafkaSourceEnumState> getEnumeratorCheckpointSerializer() {
    return new KafkaSourceEnumStateSerializer();
  }

  private SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> enumerator(
      SplitEnumeratorContext<KafkaPartitionSplit> context,
      OffsetsInitializer from,
      Set<TopicPartition> assigned) {
    if (boundedness == Boundedness.BOUNDED) {
      // The end of input says of itself that there are no more partitions.
      return kafkaEnumerator(context, from, assigned);
    }
    return new PartitionAssignment(context, inner -> kafkaEnumerator(inner, from, assigned));
  }

  private KafkaSourceEnumerator kafkaEnumerator(
      SplitEnumeratorContext<KafkaPartitionSplit> context,
      OffsetsInitializer from,
      Set<TopicPartition> assigned) {
    return new KafkaSourceEnumerator(topic, from, stop, properties, context, boundedness, assigned);
  }

  private PartitionWatermarks watermarks(SourceReaderContext context) {
    TooFarAhead tooFarAhead = new TooFarAhead(context.metricGroup());
    // A bounded source takes a partition out when it is read to its end.
    if (boundedness == Boundedness.BOUNDED || idleness.isZero()) {
      return new PartitionWatermarks(
          () -> eventTime.partitionTime(tooFarAhead), null, null, System::nanoTime);
    }
    Idleness rule = new Idleness(idleness);
    String client =
        properties.getProperty(KafkaSourceOptions.CLIENT_ID_PREFIX.key())
            + "-end-offsets-"
            + context.getIndexOfSubtask();
    return new PartitionWatermarks(
        () -> eventTime.partitionTime(tooFarAhead),
        rule,
        new BrokerEndOffsets(properties, client, rule.patience()),
        System::nanoTime);
  }

  private static CompletableFuture<Void> untilNextWatermark() {
    CompletableFuture<Void> due = new CompletableFuture<>();
    FutureUtils.completeDelayed(due, null, WATERMARK_INTERVAL);
    return due;
  }
}
