package io.wasmflink.component;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wasmflink.component.ComponentException.Code;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DescriptionTest {
  private static final Limits LIMITS = Limits.defaults();

  @Test
  void saysWhatTotalsIs() throws Exception {
    AggregateDescription totals = AggregateDescription.of(Staged.totals(), LIMITS);

    assertEquals("totals", totals.name());
    assertTrue(totals.version().matches("\\d+\\.\\d+\\.\\d+"), totals.version());
    assertEquals(sha256(Staged.wasm("totals")), totals.digest());
    assertEquals(1, totals.stateVersion());
    assertFalse(totals.sliding());
    assertEquals(Duration.ofDays(1).toMillis(), totals.windowSizeMillis());
    assertEquals(Duration.ofDays(1).toMillis(), totals.windowSlideMillis());
    assertEquals(Duration.ofDays(1).toMillis(), totals.sliceMillis());
    assertEquals(1, totals.minWeight());
    assertFalse(totals.keepsHistory());
    assertEquals(
        List.of(
            new Column("total_crimes", ColumnType.INTEGER, false),
            new Column("domestic_crimes", ColumnType.INTEGER, false),
            new Column("arrests", ColumnType.INTEGER, false),
            new Column("district", ColumnType.INTEGER, true),
            new Column("window_start", ColumnType.TIMESTAMP, true),
            new Column("window_end", ColumnType.TIMESTAMP, false)),
        totals.columns());
  }

  @Test
  void settingsReachTheComponent() {
    AggregateDescription anomaly =
        AggregateDescription.of(
            Staged.anomaly(Map.of("threshold", "3", "window-minutes", "60", "slide-minutes", "45")),
            LIMITS);

    assertTrue(anomaly.sliding());
    assertEquals(Duration.ofMinutes(60).toMillis(), anomaly.windowSizeMillis());
    assertEquals(Duration.ofMinutes(45).toMillis(), anomaly.windowSlideMillis());
    assertEquals(Duration.ofMinutes(15).toMillis(), anomaly.sliceMillis());
    assertEquals(4, anomaly.minWeight());
    assertEquals(ColumnType.TEXT, anomaly.columns().get(1).type());
  }

  @Test
  void saysWhatTheDecoderIs() throws Exception {
    DecoderDescription decoder = DecoderDescription.of(Staged.decoder(), LIMITS);

    assertEquals("decoder", decoder.name());
    assertEquals(sha256(Staged.wasm("decoder")), decoder.digest());
    assertTrue(decoder.documentMapping().contains("geo_point"), decoder.documentMapping());
  }

  @Test
  void travelsToATaskManager() throws Exception {
    ComponentSource source = copy(Staged.anomaly(Map.of("threshold", "3")));
    Limits limits = copy(new Limits(64 << 20, Duration.ofSeconds(2)));
    AggregateDescription description = copy(AggregateDescription.of(source, limits));

    assertEquals("anomaly", source.slot());
    assertEquals(Map.of("threshold", "3"), source.settings());
    assertEquals(64 << 20, limits.memoryBytes());
    assertEquals(Duration.ofSeconds(2), limits.deadline());
    assertEquals(4, description.minWeight());
    assertEquals(5, description.columns().size());
  }

  @Test
  void aSettingThatTheComponentDoesNotKnowIsRefused() {
    assertRefused(Code.SETTING, Staged.anomaly(Map.of("treshold", "3")), "anomaly", "treshold");
    assertRefused(Code.SETTING, Staged.anomaly(Map.of("threshold", "-1")), "threshold", "-1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "PK\u0003\u0004 a zip", "\u0000asm\u0001\u0000\u0000\u0000"})
  void bytesThatAreNoComponentAreRefused(String bytes) {
    byte[] wasm = bytes.getBytes(StandardCharsets.UTF_8);
    assertRefused(Code.CONTRACT, new ComponentSource("mine", wasm, Map.of()), "mine");
  }

  @Test
  void aComponentOfTheOtherWorldIsRefused() {
    assertRefused(Code.CONTRACT, Staged.decoder(), "crimes:udf/decoding", "windowed-aggregate");
    ComponentException refusal =
        assertThrows(
            ComponentException.class, () -> DecoderDescription.of(Staged.totals(), LIMITS));
    assertEquals(Code.CONTRACT, refusal.code());
  }

  @Test
  void tooLittleMemoryIsRefused() {
    ComponentException refusal =
        assertThrows(
            ComponentException.class,
            () -> AggregateDescription.of(Staged.totals(), new Limits(1, Duration.ofSeconds(1))));
    assertEquals(Code.MEMORY, refusal.code(), refusal.getMessage());
  }

  @Test
  void limitsMustBePositive() {
    assertThrows(ComponentException.class, () -> new Limits(0, Duration.ofSeconds(1)));
    assertThrows(ComponentException.class, () -> new Limits(-1, Duration.ofSeconds(1)));
    assertThrows(ComponentException.class, () -> new Limits(1, Duration.ofNanos(1)));
  }

  @Test
  void nullsAreRefused() {
    assertThrows(ComponentException.class, () -> new ComponentSource(null, new byte[0], Map.of()));
    assertThrows(ComponentException.class, () -> new ComponentSource("a", null, Map.of()));
    assertThrows(ComponentException.class, () -> new ComponentSource("a", new byte[0], null));
    assertThrows(ComponentException.class, () -> AggregateDescription.of(null, LIMITS));
    assertThrows(ComponentException.class, () -> DecoderDescription.of(Staged.decoder(), null));
  }

  private static void assertRefused(Code code, ComponentSource source, String... words) {
    ComponentException refusal =
        assertThrows(ComponentException.class, () -> AggregateDescription.of(source, LIMITS));
    assertEquals(code, refusal.code(), refusal.getMessage());
    for (String word : words) {
      assertTrue(refusal.getMessage().contains(word), refusal.getMessage());
    }
  }

  private static String sha256(byte[] bytes) throws Exception {
    StringBuilder hex = new StringBuilder();
    for (byte part : MessageDigest.getInstance("SHA-256").digest(bytes)) {
      hex.append(String.format("%02x", part));
    }
    return hex.toString();
  }

  @SuppressWarnings("unchecked")
  private static <T> T copy(T object) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(object);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return (T) in.readObject();
    }
  }
}
