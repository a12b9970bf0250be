package io.wasmflink.window;

import io.wasmflink.types.Bytes;
import io.wasmflink.types.ValueSerializer;
import io.wasmflink.types.ValueSnapshot;
import io.wasmflink.types.ValueType;
import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** What a component wants to remember of a key beyond its windows: its own bytes. */
final class History {
  static final TypeInformation<History> TYPE = ValueType.of(History.class, new Serializer());

  private final byte[] bytes;

  History(byte[] bytes) {
    this.bytes = bytes;
  }

  byte[] bytes() {
    return bytes;
  }

  /** The bytes with their length. */
  public static final class Serializer extends ValueSerializer<History> {
    private static final long serialVersionUID = 1L;

    @Override
    public History createInstance() {
      return new History(new byte[0]);
    }

    @Override
    public void serialize(History history, DataOutputView target) throws IOException {
      Bytes.write(history.bytes, target);
    }

    @Override
    public History deserialize(DataInputView source) throws IOException {
      return new History(Bytes.read(source));
    }

    @Override
    public TypeSerializerSnapshot<History> snapshotConfiguration() {
      return new Snapshot();
    }

    /** Names the serializer in savepoints. */
    public static final class Snapshot extends ValueSnapshot<History> {
      public Snapshot() {
        super(Serializer::new, FIRST_LAYOUT);
      }
    }
  }
}
