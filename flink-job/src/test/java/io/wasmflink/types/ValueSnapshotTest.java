package io.wasmflink.types;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wasmflink.ingest.Document;
import io.wasmflink.window.Key;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.junit.jupiter.api.Test;

/** Layouts of state are compared at restore. */
class ValueSnapshotTest {
  private final Key.Serializer.Snapshot snapshot = new Key.Serializer.Snapshot();

  /** 3 was what earlier builds wrote: Flink's own number for snapshots without content. */
  @Test
  void anotherLayoutEndsTheJobWithBothNumbers() {
    String message =
        assertThrows(
                SuppressRestartsException.class,
                () ->
                    snapshot.readSnapshot(
                        3, new DataInputDeserializer(new byte[0]), getClass().getClassLoader()))
            .getCause()
            .getMessage();
    assertEquals(
        "The state that was restored has io.wasmflink.window.Key$Serializer in layout 3, but this"
            + " build of the job reads layout 4: start the job with the build that wrote the state,"
            + " or without the state.",
        message);
  }

  @Test
  @SuppressWarnings({"unchecked", "rawtypes"})
  void anotherSerializerIsIncompatible() {
    Document.Serializer other = new Document.Serializer();
    assertTrue(((ValueSnapshot) snapshot).resolveSchemaCompatibility(other).isIncompatible());
  }

  @Test
  void aKeyOfAnEpochThatIsNotKnownIsRefused() throws IOException {
    byte[] written = RoundTrip.written(new Key(new byte[] {7}), new Key.Serializer());
    written[0] = 1;
    assertEquals(
        "Window state has the epoch 1, which this build can't read.",
        assertThrows(IOException.class, () -> RoundTrip.read(written, new Key.Serializer()))
            .getMessage());
  }
}
