package io.wasmflink.types;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/** Writing a value, and reading it as Flink does. */
public final class RoundTrip {
  private RoundTrip() {}

  /** The value that comes back; nothing is left unread, and a copy of bytes reads the same. */
  public static <T> T of(T value, TypeSerializer<T> serializer) throws IOException {
    byte[] written = written(value, serializer);
    DataOutputSerializer copy = new DataOutputSerializer(8);
    serializer.copy(new DataInputDeserializer(written), copy);
    assertArrayEquals(written, copy.getCopyOfBuffer());
    return read(written, serializer);
  }

  public static <T> byte[] written(T value, TypeSerializer<T> serializer) throws IOException {
    DataOutputSerializer target = new DataOutputSerializer(8);
    serializer.serialize(value, target);
    return target.getCopyOfBuffer();
  }

  public static <T> T read(byte[] written, TypeSerializer<T> serializer) throws IOException {
    DataInputDeserializer source = new DataInputDeserializer(written);
    T value = serializer.deserialize(source);
    assertEquals(0, source.available(), "bytes are left");
    return value;
  }

  /** A savepoint names the serializer; what it names must read the state as it is. */
  public static <T> void assertSnapshotIsCompatible(TypeSerializer<T> serializer)
      throws IOException {
    DataOutputSerializer savepoint = new DataOutputSerializer(64);
    TypeSerializerSnapshot.writeVersionedSnapshot(savepoint, serializer.snapshotConfiguration());
    TypeSerializerSnapshot<T> restored =
        TypeSerializerSnapshot.readVersionedSnapshot(
            new DataInputDeserializer(savepoint.getCopyOfBuffer()),
            serializer.getClass().getClassLoader());
    assertEquals(serializer, restored.restoreSerializer());
    assertTrue(restored.resolveSchemaCompatibility(serializer.duplicate()).isCompatibleAsIs());
  }
}
