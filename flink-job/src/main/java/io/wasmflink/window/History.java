package io.wasmflink.window;

import io.wasmflink.types.Bytes;
import io.wasmflink.types.ValueSerializer;
import io.wasmflink.types.ValueType;
import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** What a component wants to remember of a key beyond its windows: its own bytes. */
final class History {
  static final TypeInformation<History> TYPE = ValueType.of(History.class, new Serializer());

  private final int stateVersion;
  private final byte[] bytes;

  History(int stateVersion, byte[] bytes) {
    this.stateVersion = stateVersion;
    this.bytes = bytes;
  }

  int stateVersion() {
    return stateVersion;
  }

  byte[] bytes() {
    return bytes;
  }

  /** State version and bytes. */
  public static final class Serializer extends ValueSerializer<History> {
    private static final long serialVersionUID = 1L;

    @Override
    public History createInstance() {
      return new History(0, new byte[0]);
    }

    @Override
    public void serialize(History history, DataOutputView target) throws IOException {
      target.writeInt(history.stateVersion);
      Bytes.write(history.bytes, target);
    }

    @Override
    public History deserialize(DataInputView source) throws IOException {
      return new History(source.readInt(), Bytes.read(source));
    }

    @Override
    public TypeSerializerSnapshot<History> snapshotConfiguration() {
      return new Snapshot();
    }

    /** Names the serializer in savepoints. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<History> {
      public Snapshot() {
        super(Serializer::new);
      }
    }
  }
}
