package io.wasmflink.window;

import io.wasmflink.types.Bytes;
import io.wasmflink.types.ValueSerializer;
import io.wasmflink.types.ValueSnapshot;
import io.wasmflink.types.ValueType;
import java.io.IOException;
import java.util.Arrays;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** What windows are keyed by: a component's own bytes, compared as bytes. */
public final class Key {
  /** How Flink moves and stores it. */
  public static final TypeInformation<Key> TYPE = ValueType.ofKey(Key.class, Serializer.INSTANCE);

  /**
   * Keys and headers of window state have room for the number of an epoch, so that windows of two
   * versions of a component could be told apart. So far there is one.
   */
  static final int ONLY_EPOCH = 0;

  private final byte[] bytes;
  private final int hash;

  public Key(byte[] bytes) {
    this.bytes = bytes;
    this.hash = Arrays.hashCode(bytes);
  }

  public byte[] bytes() {
    return bytes;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Key
        && ((Key) other).hash == hash
        && Arrays.equals(((Key) other).bytes, bytes);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return "Key" + Arrays.toString(bytes);
  }

  static void expectOnlyEpoch(int epoch) throws IOException {
    if (epoch != ONLY_EPOCH) {
      throw new IOException(
          "Window state has the epoch " + epoch + ", which this build can't read.");
    }
  }

  /** A byte that says which epoch, and the bytes with their length. */
  public static final class Serializer extends ValueSerializer<Key> {
    private static final long serialVersionUID = 1L;
    static final Serializer INSTANCE = new Serializer();

    @Override
    public Key createInstance() {
      return new Key(new byte[0]);
    }

    @Override
    public void serialize(Key key, DataOutputView target) throws IOException {
      target.writeByte(ONLY_EPOCH);
      Bytes.write(key.bytes, target);
    }

    @Override
    public Key deserialize(DataInputView source) throws IOException {
      expectOnlyEpoch(source.readByte());
      return new Key(Bytes.read(source));
    }

    @Override
    public TypeSerializerSnapshot<Key> snapshotConfiguration() {
      return new Snapshot();
    }

    /** Names the serializer in savepoints. */
    public static final class Snapshot extends ValueSnapshot<Key> {
      public Snapshot() {
        super(Serializer::new, FIRST_LAYOUT);
      }
    }
  }
}
