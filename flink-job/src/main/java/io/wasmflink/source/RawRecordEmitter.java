package io.wasmflink.source;

import org.apache.flink.api.common.eventtime.TimestampAssigner;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.connector.base.source.reader.RecordEmitter;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplitState;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Hands records on as they are, with their event times; a null value stays a null value. */
final class RawRecordEmitter
    implements RecordEmitter<ConsumerRecord<byte[], byte[]>, RawRecord, KafkaPartitionSplitState> {
  private final TimestampAssigner<RawRecord> times;
  private final PartitionWatermarks watermarks;

  RawRecordEmitter(TimestampAssigner<RawRecord> times, PartitionWatermarks watermarks) {
    this.times = times;
    this.watermarks = watermarks;
  }

  @Override
  public void emitRecord(
      ConsumerRecord<byte[], byte[]> read,
      SourceOutput<RawRecord> output,
      KafkaPartitionSplitState split) {
    RawRecord record =
        new RawRecord(
            read.value(), read.topic(), read.partition(), read.offset(), read.timestamp());
    long eventTime = times.extractTimestamp(record, record.timestamp());
    output.collect(record, eventTime);
    watermarks.handedOn(record, eventTime);
    split.setCurrentOffset(record.offset() + 1);
  }
}
