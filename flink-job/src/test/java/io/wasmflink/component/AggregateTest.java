package io.wasmflink.component;

import static io.wasmflink.component.IngestTest.assertCode;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wasmflink.component.ComponentException.Code;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AggregateTest {
  private static final byte[] NO_HISTORY = {};
  private static final byte[] CORRUPT = {(byte) 0x80};
  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final long FROM = Values.millis("2018-01-01T00:00");

  @Test
  void aDayIsFinishedFromItsPartials() {
    byte[][] partials = partials(Staged.totals(), 40);
    byte[] key = {4, 0};
    try (Aggregate totals = new Aggregate(Staged.totals(), Limits.defaults())) {
      Finished finished =
          totals.finish(key, FROM, FROM + DAY, partials, partials.length, NO_HISTORY);
      assertArrayEquals(
          new Object[] {
            40L,
            0L,
            40L,
            4L,
            LocalDateTime.parse("2018-01-01T00:00"),
            LocalDateTime.parse("2018-01-02T00:00")
          },
          finished.row());
      assertEquals(0, finished.history().length);
    }
  }

  @Test
  void theOrderOfMergingDoesNotMatter() {
    byte[][] partials = partials(Staged.totals(), 40);
    try (Aggregate totals = new Aggregate(Staged.totals(), Limits.defaults())) {
      byte[] atOnce = totals.merge(partials, partials.length);
      Collections.shuffle(Arrays.asList(partials), new Random(1));
      byte[] merged = partials[0];
      for (byte[] partial : partials) {
        merged = totals.merge(new byte[][] {merged, partial, null}, 2);
      }
      assertArrayEquals(atOnce, merged);
      assertArrayEquals(atOnce, totals.merge(new byte[][] {atOnce}, 1));
    }
  }

  @Test
  void aWindowBelowTheThresholdGivesNoRow() {
    ComponentSource anomaly = Staged.anomaly(Map.of("threshold", "3"));
    byte[] key = {4, 0, 'T', 'H', 'E', 'F', 'T'};
    try (Aggregate aggregate = new Aggregate(anomaly, Limits.defaults())) {
      byte[][] three = partials(anomaly, 3);
      assertNull(aggregate.finish(key, FROM, FROM + DAY, three, 3, NO_HISTORY).row());
      byte[][] four = partials(anomaly, 4);
      Object[] row = aggregate.finish(key, FROM, FROM + DAY, four, 4, NO_HISTORY).row();
      assertEquals(4L, row[0]);
      assertEquals("THEFT", row[1]);
    }
  }

  @Test
  void windowsBefore1970KeepTheirTimes() {
    long start = Values.millis("1969-12-31T00:00");
    byte[][] partials = partials(Staged.totals(), 1);
    byte[] key = {4, 0};
    try (Aggregate totals = new Aggregate(Staged.totals(), Limits.defaults())) {
      Object[] row = totals.finish(key, start - 1, start + DAY, partials, 1, NO_HISTORY).row();
      assertEquals(LocalDateTime.parse("1969-12-30T23:59:59.999"), row[4]);
      assertEquals(LocalDateTime.parse("1970-01-01T00:00"), row[5]);
    }
  }

  @Test
  void aTrapIsAnExceptionAndTheAggregateGoesOn() {
    byte[][] partials = partials(Staged.totals(), 1);
    byte[] key = {4, 0};
    try (Aggregate hostile = new Aggregate(Staged.hostile("merge", "trap"), Limits.defaults())) {
      for (int i = 1; i <= 3; i++) {
        ComponentException trap =
            assertThrows(ComponentException.class, () -> hostile.merge(partials, 1));
        assertEquals(Code.TRAP, trap.code(), trap.getMessage());
        String words = "component hostile failed in merge: as planned (tests/guests/misdeeds/src";
        assertTrue(trap.getMessage().startsWith(words), trap.getMessage());
        assertTrue(trap.isTheComponents());
        assertEquals(i, hostile.traps());
        assertNotNull(hostile.finish(key, 0, 86_400_000, partials, 1, new byte[0]).row());
      }
    }
  }

  @Test
  void anErrorOfTheComponentsIsItsOwnSentenceAndNoTrap() {
    try (Aggregate totals = new Aggregate(Staged.totals(), Limits.defaults())) {
      ComponentException error =
          assertThrows(ComponentException.class, () -> totals.merge(new byte[][] {CORRUPT}, 1));
      assertEquals(Code.REFUSED, error.code(), error.getMessage());
      assertEquals("component totals, merge: accumulator is corrupt at byte 0", error.getMessage());
      assertTrue(error.isTheComponents());
      assertEquals(0, totals.traps());
    }
  }

  @Test
  void aCallThatTakesTooLongIsStopped() {
    byte[] long_ = new byte[12 << 20];
    Arrays.fill(long_, (byte) 1);
    Limits limits = new Limits(2L << 30, Duration.ofMillis(1));
    try (Aggregate totals = new Aggregate(Staged.totals(), limits)) {
      assertCode(Code.DEADLINE, () -> totals.merge(new byte[][] {long_, long_, long_}, 3));
    }
  }

  @Test
  void aCallThatWantsTooMuchMemoryIsStopped() {
    Limits limits = new Limits(8 << 20, Duration.ofSeconds(5));
    try (Aggregate totals = new Aggregate(Staged.totals(), limits)) {
      assertCode(Code.MEMORY, () -> totals.merge(new byte[][] {new byte[16 << 20]}, 1));
    }
  }

  @Test
  void anUnknownStateVersionIsRefused() {
    try (Aggregate totals = new Aggregate(Staged.totals(), Limits.defaults())) {
      byte[] state = partials(Staged.totals(), 1)[0];
      assertCode(Code.CONTRACT, () -> totals.upgrade(StateKind.ACCUMULATOR, 77, state));
      assertCode(Code.CONTRACT, () -> totals.upgrade(StateKind.HISTORY, 77, state));
      assertCode(Code.INTERNAL, () -> totals.upgrade(StateKind.HISTORY, -1, state));
      assertCode(Code.INTERNAL, () -> totals.upgrade(null, 1, state));
      assertCode(Code.INTERNAL, () -> totals.upgrade(StateKind.HISTORY, 1, null));
    }
  }

  @Test
  void theCostStaysKnownAfterClosing() {
    Aggregate totals = new Aggregate(Staged.hostile("merge", "trap"), Limits.defaults());
    byte[][] partials = partials(Staged.totals(), 1);
    assertThrows(ComponentException.class, () -> totals.merge(partials, 1));
    assertTrue(totals.callNanos() > 0);
    long nanos = totals.callNanos();
    totals.close();
    assertEquals(nanos, totals.callNanos());
    assertEquals(1, totals.traps());
  }

  @Test
  void partsThatAreNotThereAreRefused() {
    byte[][] parts = {{1, 0, 0}, null};
    byte[] key = {4, 0};
    try (Aggregate totals = new Aggregate(Staged.totals(), Limits.defaults())) {
      assertCode(Code.INTERNAL, () -> totals.merge(null, 1));
      assertCode(Code.INTERNAL, () -> totals.merge(parts, 0));
      assertCode(Code.INTERNAL, () -> totals.merge(parts, -1));
      assertCode(Code.INTERNAL, () -> totals.merge(parts, 2));
      assertCode(Code.INTERNAL, () -> totals.merge(parts, 3));
      assertCode(Code.INTERNAL, () -> totals.finish(null, 0, 1, parts, 1, NO_HISTORY));
      assertCode(Code.INTERNAL, () -> totals.finish(key, 0, 1, parts, 1, null));
      assertCode(Code.INTERNAL, () -> totals.finish(key, 0, 1, null, 1, NO_HISTORY));
    }
  }

  @Test
  void closingTwiceIsOnceAndUseAfterItIsRefused() {
    Aggregate totals = new Aggregate(Staged.totals(), Limits.defaults());
    totals.close();
    totals.close();
    byte[][] parts = {{1, 0, 0}};
    byte[] key = {4, 0};
    assertCode(Code.CLOSED, () -> totals.merge(parts, 1));
    assertCode(Code.CLOSED, () -> totals.finish(key, 0, 1, parts, 1, NO_HISTORY));
    assertCode(Code.CLOSED, () -> totals.upgrade(StateKind.HISTORY, 1, parts[0]));
  }

  /** Accumulators of one crime each, all of 2018-01-01, district 4, with an arrest. */
  static byte[][] partials(ComponentSource source, int count) {
    List<byte[]> partials = new ArrayList<>();
    try (Ingest ingest = new Ingest(Staged.decoder(), List.of(source), false, Limits.defaults())) {
      for (int i = 0; i < count; i++) {
        Values one = new Values().add(Values.crime(i, "2018-01-01T10:00:00", "004", "THEFT"));
        partials.add(one.into(ingest, Long.MIN_VALUE).contributions(0).partial(0));
      }
    }
    return partials.toArray(new byte[0][]);
  }
}
