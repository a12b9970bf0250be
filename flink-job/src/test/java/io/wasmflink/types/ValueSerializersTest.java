package io.wasmflink.types;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wasmflink.ingest.DeadLetter;
import io.wasmflink.ingest.Document;
import io.wasmflink.source.RawRecord;
import io.wasmflink.window.Contribution;
import io.wasmflink.window.Key;
import io.wasmflink.window.ResultRow;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is written is what is read, for all that moves between operators. */
class ValueSerializersTest {
  private static final byte[] BYTES = {0, -1, 127, -128, 10};
  private static final RawRecord RECORD = new RawRecord(BYTES, "crime", 3, 1L << 40, -5);

  static List<TypeInformation<?>> types() {
    return List.of(
        RawRecord.TYPE,
        DeadLetter.TYPE,
        Document.TYPE,
        Contribution.TYPE,
        Key.TYPE,
        ResultRow.TYPE);
  }

  @ParameterizedTest
  @MethodSource("types")
  void stateAndStreamsOfBeforeCanBeReadAfterwards(TypeInformation<?> type) throws IOException {
    RoundTrip.assertSnapshotIsCompatible(type.createSerializer(new ExecutionConfig()));
  }

  @ParameterizedTest
  @MethodSource("types")
  void valuesAreNotCopiedAndTypesAreNotGeneric(TypeInformation<?> type) {
    ExecutionConfig config = new ExecutionConfig();
    config.disableGenericTypes();
    ValueSerializer<?> serializer = (ValueSerializer<?>) type.createSerializer(config);
    assertTrue(serializer.isImmutableType());
    assertNotEquals(null, serializer.createInstance());
    assertEquals(type == Key.TYPE, type.isKeyType());
    assertEquals(type.getTypeClass().getSimpleName(), type.toString());
  }

  @Test
  void typesDifferByTheirClass() {
    assertEquals(Key.TYPE, ValueType.ofKey(Key.class, new Key.Serializer()));
    assertEquals(Key.TYPE.hashCode(), ValueType.ofKey(Key.class, new Key.Serializer()).hashCode());
    assertNotEquals(Key.TYPE, Document.TYPE);
  }

  @Test
  void aCopyIsTheObjectItself() {
    RawRecord.Serializer serializer = new RawRecord.Serializer();
    assertSame(RECORD, serializer.copy(RECORD));
    assertSame(RECORD, serializer.copy(RECORD, null));
  }

  @Test
  void rawRecordsWithAndWithoutValue() throws IOException {
    assertRecord(RECORD, RoundTrip.of(RECORD, new RawRecord.Serializer()));
    for (byte[] value : new byte[][] {null, {}}) {
      RawRecord record = new RawRecord(value, "", -1, Long.MIN_VALUE, Long.MAX_VALUE);
      assertRecord(record, RoundTrip.of(record, new RawRecord.Serializer()));
    }
  }

  @Test
  void rejectedAndLateLetters() throws IOException {
    DeadLetter rejected = DeadLetter.rejected(RECORD, "trap", "unreachable – ü", "totals");
    DeadLetter read = RoundTrip.of(rejected, new DeadLetter.Serializer());
    assertEquals(RECORD.toString(), read.place());
    assertArrayEquals(RECORD.value(), read.value());
    assertEquals(String.valueOf(RECORD.timestamp()), read.origin().get("source-timestamp"));
    assertEquals("trap", read.reason());
    assertEquals("unreachable – ü", read.detail());
    assertEquals("totals", read.component());
    assertEquals("", read.lateFor());

    read =
        RoundTrip.of(
            DeadLetter.late(RECORD, List.of("anomaly", "totals"), "over"),
            new DeadLetter.Serializer());
    assertEquals(DeadLetter.LATE, read.reason());
    assertEquals("", read.component());
    assertEquals("anomaly,totals", read.lateFor());
  }

  @Test
  void aDetailMayBeLongerThanJavasOwnFormatTakes() throws IOException {
    String detail = "ü".repeat(65_535);
    DeadLetter letter = DeadLetter.rejected(RECORD, "malformed-json", detail, null);
    DeadLetter read = RoundTrip.of(letter, new DeadLetter.Serializer());
    assertEquals(detail, read.detail());
    assertEquals("", read.component());
  }

  @Test
  void documents() throws IOException {
    Document document =
        new Document("123", 1L << 50, "{\"a\":\"ü\"}".getBytes(StandardCharsets.UTF_8));
    Document read = RoundTrip.of(document, new Document.Serializer());
    assertEquals("123", read.id());
    assertEquals(1L << 50, read.version());
    assertArrayEquals(document.body(), read.body());
  }

  @Test
  void documentIdsMayBeLongToo() throws IOException {
    Document document = new Document("ü".repeat(40_000), 0, BYTES);
    assertEquals(document.id(), RoundTrip.of(document, new Document.Serializer()).id());
  }

  @Test
  void contributions() throws IOException {
    Contribution read =
        RoundTrip.of(
            new Contribution(new Key(BYTES), -1, 0xFFFF_FFFFL, new byte[0]),
            new Contribution.Serializer());
    assertEquals(new Key(BYTES), read.key());
    assertEquals(-1, read.sliceStart());
    assertEquals(0xFFFF_FFFFL, read.weight());
    assertEquals(0, read.partial().length);
  }

  @Test
  void keysAreComparedAsBytes() throws IOException {
    Key key = new Key(BYTES);
    Key read = RoundTrip.of(key, new Key.Serializer());
    assertEquals(key, read);
    assertEquals(key.hashCode(), read.hashCode());
    assertNotEquals(key, new Key(new byte[] {0, -1, 127, -128}));
    assertEquals(new Key(new byte[0]), RoundTrip.of(new Key(new byte[0]), new Key.Serializer()));
    assertFalse(key.equals(new Object()));
  }

  @Test
  void rowsWithEveryTypeOfValue() throws IOException {
    ResultRow row =
        new ResultRow(
            null,
            Long.MIN_VALUE,
            Double.NaN,
            -0.0,
            "",
            "CRIM SEXUAL ASSAULT \u0000 ü 🚓",
            true,
            false,
            LocalDateTime.parse("2018-03-11T02:30:00.123456789"),
            LocalDateTime.parse("1969-12-31T23:59:59.999"));
    assertEquals(row, RoundTrip.of(row, new ResultRow.Serializer()));
    assertEquals(new ResultRow(), RoundTrip.of(new ResultRow(), new ResultRow.Serializer()));
  }

  @Test
  void aRowWithAnythingElseIsRefused() {
    ResultRow row = new ResultRow(BigDecimal.ONE);
    String message =
        assertThrows(IOException.class, () -> RoundTrip.of(row, new ResultRow.Serializer()))
            .getMessage();
    assertEquals("A row can't hold a java.math.BigDecimal.", message);
    IOException unknown =
        assertThrows(
            IOException.class,
            () -> RoundTrip.read(new byte[] {0, 0, 0, 1, 9}, new ResultRow.Serializer()));
    assertEquals("A row has a value of unknown kind 9.", unknown.getMessage());
  }

  @Test
  void whatIsCutOffIsNotTakenForWhole() throws IOException {
    byte[] written = RoundTrip.written(RECORD, new RawRecord.Serializer());
    for (int length = 0; length < written.length; length++) {
      byte[] cut = Arrays.copyOf(written, length);
      assertThrows(IOException.class, () -> RoundTrip.read(cut, new RawRecord.Serializer()));
    }
  }

  private static void assertRecord(RawRecord expected, RawRecord read) {
    if (expected.value() == null) {
      assertNull(read.value());
    } else {
      assertArrayEquals(expected.value(), read.value());
    }
    assertEquals(expected.toString(), read.toString());
    assertEquals(expected.timestamp(), read.timestamp());
  }
}
