package io.wasmflink.sink;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wasmflink.ingest.DeadLetter;
import io.wasmflink.source.RawRecord;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.AbstractRecords;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.record.RecordBatch;
import org.junit.jupiter.api.Test;

class DeadLetterRecordsTest {
  private static final byte[] VALUE = "{\"ID\": \"x\"}".getBytes(StandardCharsets.UTF_8);
  private static final int MAX_MESSAGE_BYTES = 1_048_588;

  @Test
  void aRejectSaysWhereItWasAndWhy() {
    RawRecord record = new RawRecord(VALUE, "crime", 3, 42, 1_514_800_800_000L);
    ProducerRecord<byte[], byte[]> sent =
        sent(DeadLetter.rejected(record, "invalid-id", "ID is 'x'", null));
    assertEquals("crime.rejected", sent.topic());
    assertNull(sent.partition());
    assertNull(sent.timestamp(), "event time would let retention delete it");
    assertEquals("crime/3/42", text(sent.key()));
    assertArrayEquals(VALUE, sent.value());
    assertEquals(
        Map.of(
            "reason", "invalid-id",
            "detail", "ID is 'x'",
            "source-topic", "crime",
            "source-partition", "3",
            "source-offset", "42",
            "source-timestamp", "1514800800000"),
        headers(sent));
  }

  @Test
  void aTrapNamesItsComponentAndLatenessItsAggregates() {
    RawRecord record = new RawRecord(null, "crime", 0, 0, -1);
    ProducerRecord<byte[], byte[]> trapped =
        sent(DeadLetter.rejected(record, "trap", "unreachable", "totals"));
    assertEquals("totals", headers(trapped).get("component"));
    assertNull(trapped.value());
    Map<String, String> late =
        headers(sent(DeadLetter.late(record, List.of("anomaly", "totals"), "over")));
    assertEquals("late", late.get("reason"));
    assertEquals("anomaly,totals", late.get("late-for"));
    assertTrue(!late.containsKey("component") && !late.containsKey("cut-from-bytes"));
  }

  @Test
  void aValueThatTheTopicDoesNotTakeIsCutAndSaysFromHowMuch() {
    int room = MAX_MESSAGE_BYTES - DeadLetterRecords.ENVELOPE_BYTES;
    byte[] fits = new byte[room];
    Arrays.fill(fits, (byte) 'x');
    ProducerRecord<byte[], byte[]> whole = sent(rejected(fits, ""));
    assertArrayEquals(fits, whole.value());
    assertNull(headers(whole).get("cut-from-bytes"));

    byte[] longer = Arrays.copyOf(fits, room + 1);
    ProducerRecord<byte[], byte[]> cut = sent(rejected(longer, ""));
    assertArrayEquals(fits, cut.value());
    assertEquals(String.valueOf(room + 1), headers(cut).get("cut-from-bytes"));
  }

  @Test
  void noLetterIsLongerThanTheTopicTakes() {
    byte[] value = new byte[2 * MAX_MESSAGE_BYTES];
    String topic = "t".repeat(249);
    RawRecord record =
        new RawRecord(value, topic, Integer.MAX_VALUE, Long.MAX_VALUE, Long.MIN_VALUE);
    DeadLetter letter =
        DeadLetter.rejected(record, "malformed-json", "€".repeat(100_000), "c".repeat(64));
    ProducerRecord<byte[], byte[]> sent = sent(letter);
    int bytes =
        AbstractRecords.estimateSizeInBytesUpperBound(
            RecordBatch.CURRENT_MAGIC_VALUE,
            CompressionType.NONE,
            sent.key(),
            sent.value(),
            sent.headers().toArray());
    assertTrue(bytes <= MAX_MESSAGE_BYTES, bytes + " bytes");
  }

  @Test
  void aLongDetailIsCutBetweenCharacters() {
    String police = "🚓";
    for (String before : new String[] {"", "x"}) {
      String detail = headers(sent(rejected(VALUE, before + police.repeat(2_000)))).get("detail");
      assertTrue(detail.length() > 1_000, "long enough to be of use");
      assertEquals(before + police.repeat((detail.length() - before.length()) / 2), detail);
    }
  }

  @Test
  void aTopicThatTakesNextToNothingStillGetsThePlace() {
    DeadLetterRecords records = new DeadLetterRecords("crime.rejected", 1_000);
    ProducerRecord<byte[], byte[]> sent = records.serialize(rejected(VALUE, "no"), null, 1L);
    assertEquals(0, sent.value().length);
    assertEquals("crime/3/42", text(sent.key()));
  }

  private static DeadLetter rejected(byte[] value, String detail) {
    return DeadLetter.rejected(new RawRecord(value, "crime", 3, 42, 0), "invalid-id", detail, null);
  }

  private static ProducerRecord<byte[], byte[]> sent(DeadLetter letter) {
    return new DeadLetterRecords("crime.rejected", MAX_MESSAGE_BYTES).serialize(letter, null, 1L);
  }

  private static Map<String, String> headers(ProducerRecord<byte[], byte[]> record) {
    Map<String, String> headers = new LinkedHashMap<>();
    for (Header header : record.headers()) {
      headers.put(header.key(), text(header.value()));
    }
    return headers;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
