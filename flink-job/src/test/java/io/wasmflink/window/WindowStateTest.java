package io.wasmflink.window;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

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
      Accumulator read = RoundTrip.of(Accumulator.of(3, 1L << 40, parts, hasMerged), accumulators);
      assertEquals(3, read.stateVersion());
      assertEquals(1L << 40, read.weight());
      assertEquals(hasMerged, read.hasMerged());
      assertEquals(hasMerged ? 2 : 3, read.pendingCount());
      assertArrayEquals(parts, read.parts());
    }
    assertEquals(0, RoundTrip.of(Accumulator.empty(1), accumulators).parts().length);
  }

  @Test
  void anAccumulatorOfAnotherLayoutIsRefused() throws IOException {
    byte[] written = RoundTrip.written(Accumulator.empty(1), accumulators);
    written[0] = 2;
    String message =
        assertThrows(IOException.class, () -> RoundTrip.read(written, accumulators)).getMessage();
    assertEquals(
        "Window state has layout 2, but this job knows layout 1: it was written by another version"
            + " of the job.",
        message);
  }

  @Test
  void historiesKeepVersionAndBytes() throws IOException {
    History read = RoundTrip.of(new History(9, new byte[] {4, 5}), new History.Serializer());
    assertEquals(9, read.stateVersion());
    assertArrayEquals(new byte[] {4, 5}, read.bytes());
  }

  @Test
  void savepointsAreReadAsTheyAre() throws IOException {
    RoundTrip.assertSnapshotIsCompatible(accumulators);
    RoundTrip.assertSnapshotIsCompatible(new History.Serializer());
  }
}
