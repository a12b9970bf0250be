package io.wasmflink.window;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.wasmflink.types.RoundTrip;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Window state as it is in checkpoints. */
class WindowStateTest {
  private final AccumulatorSerializer accumulators = new AccumulatorSerializer();

  @Test
  void accumulatorsKeepPartsAndTheirOrder() throws IOException {
    byte[][] parts = {{1}, {}, {2, 3}};
    for (boolean hasMerged : new boolean[] {true, false}) {
      Accumulator read = RoundTrip.of(Accumulator.of(1L << 40, parts, hasMerged), accumulators);
      assertEquals(1L << 40, read.weight());
      assertEquals(hasMerged, read.hasMerged());
      assertEquals(hasMerged ? 2 : 3, read.pendingCount());
      assertArrayEquals(parts, read.parts());
    }
    assertEquals(0, RoundTrip.of(Accumulator.empty(), accumulators).parts().length);
  }

  @Test
  void historiesKeepTheirBytes() throws IOException {
    History read = RoundTrip.of(new History(new byte[] {4, 5}), new History.Serializer());
    assertArrayEquals(new byte[] {4, 5}, read.bytes());
  }

  @Test
  void savepointsAreReadAsTheyAre() throws IOException {
    RoundTrip.assertSnapshotIsCompatible(accumulators);
    RoundTrip.assertSnapshotIsCompatible(new History.Serializer());
  }
}
