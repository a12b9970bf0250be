package io.wasmflink.sink;

import io.wasmflink.ingest.DeadLetter;
import io.wasmflink.source.RawRecord;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Dead letters as Kafka records: the key says where the record was read ({@code
 * topic/partition/offset}), so that the same letter sent twice after a failure can be told; the
 * value is the original bytes, cut where the topic does not take so much; headers say why.
 */
final class DeadLetterRecords implements KafkaRecordSerializationSchema<DeadLetter> {
  private static final long serialVersionUID = 1L;

  /** Room in a message for key, headers and Kafka's own fields. */
  static final int ENVELOPE_BYTES = 4 * 1024;

  private static final int LONGEST_DETAIL = 1024;

  private final String topic;
  private final int maxValueBytes;

  DeadLetterRecords(String topic, int maxMessageBytes) {
    this.topic = topic;
    this.maxValueBytes = Math.max(0, maxMessageBytes - ENVELOPE_BYTES);
  }

  /** Stamped with the time of sending: under its event time, retention might delete it at once. */
  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      DeadLetter letter, KafkaSinkContext context, Long timestamp) {
    RawRecord record = letter.record();
    byte[] value = record.value();
    // A message that the topic refuses would stop the job, for good: it comes again after a
    // restart.
    boolean cut = value != null && value.length > maxValueBytes;
    ProducerRecord<byte[], byte[]> out =
        new ProducerRecord<>(
            topic, bytes(record.toString()), cut ? Arrays.copyOf(value, maxValueBytes) : value);
    header(out, "reason", letter.reason());
    header(out, "detail", shortened(letter.detail()));
    header(out, "source-topic", record.topic());
    header(out, "source-partition", String.valueOf(record.partition()));
    header(out, "source-offset", String.valueOf(record.offset()));
    header(out, "source-timestamp", String.valueOf(record.timestamp()));
    if (cut) {
      header(out, "cut-from-bytes", String.valueOf(value.length));
    }
    if (!letter.component().isEmpty()) {
      header(out, "component", letter.component());
    }
    if (!letter.lateFor().isEmpty()) {
      header(out, "late-for", letter.lateFor());
    }
    return out;
  }

  /** Not in the middle of a character that Java writes as two. */
  private static String shortened(String detail) {
    if (detail.length() <= LONGEST_DETAIL) {
      return detail;
    }
    boolean splits = Character.isHighSurrogate(detail.charAt(LONGEST_DETAIL - 1));
    return detail.substring(0, splits ? LONGEST_DETAIL - 1 : LONGEST_DETAIL);
  }

  private static void header(ProducerRecord<byte[], byte[]> record, String name, String value) {
    record.headers().add(name, bytes(value));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
