package io.wasmflink.sink;

import io.wasmflink.ingest.DeadLetter;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Dead letters as Kafka records: the key says what it is, so that the same letter sent twice after
 * a failure can be told; the value is the original bytes, cut where the topic does not take so
 * much; headers say why and where it comes from.
 */
final class DeadLetterRecords implements KafkaRecordSerializationSchema<DeadLetter> {
  private static final long serialVersionUID = 1L;

  /** Room in a message for key, headers and Kafka's own fields. */
  static final int ENVELOPE_BYTES = 4 * 1024;

  /** What a longer place is cut to; a digest then tells it from others with that beginning. */
  static final int LONGEST_PLACE = 300;

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
    byte[] value = letter.value();
    // A message that the topic refuses would stop the job, for good: it comes again after a
    // restart.
    boolean cut = value != null && value.length > maxValueBytes;
    ProducerRecord<byte[], byte[]> out =
        new ProducerRecord<>(
            topic, bytes(key(letter.place())), cut ? Arrays.copyOf(value, maxValueBytes) : value);
    header(out, "reason", letter.reason());
    header(out, "detail", shortened(letter.detail(), LONGEST_DETAIL));
    letter.origin().forEach((name, said) -> header(out, name, said));
    if (cut) {
      header(out, "cut-from-bytes", String.valueOf(value.length));
    }
    return out;
  }

  /** A row's key can be as long as its texts. */
  private static String key(String place) {
    if (place.length() <= LONGEST_PLACE) {
      return place;
    }
    return shortened(place, LONGEST_PLACE) + "~" + digest(place);
  }

  private static String digest(String text) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes(text));
      return String.format("%064x", new BigInteger(1, hash));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256.", e);
    }
  }

  /** Not in the middle of a character that Java writes as two. */
  private static String shortened(String text, int longest) {
    if (text.length() <= longest) {
      return text;
    }
    boolean splits = Character.isHighSurrogate(text.charAt(longest - 1));
    return text.substring(0, splits ? longest - 1 : longest);
  }

  private static void header(ProducerRecord<byte[], byte[]> record, String name, String value) {
    record.headers().add(name, bytes(value));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
