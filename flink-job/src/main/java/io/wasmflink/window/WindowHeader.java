package io.wasmflink.window;

import io.wasmflink.types.ValueSerializer;
import io.wasmflink.types.ValueSnapshot;
import io.wasmflink.types.ValueType;
import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * What a window operator writes beside its keyed state: whose that is, from which weight on its
 * windows have timers, and for a range of key groups how far it had come.
 */
final class WindowHeader {
  static final TypeInformation<WindowHeader> TYPE =
      ValueType.of(WindowHeader.class, new Serializer());

  final WindowIdentity identity;
  final long leastWeight;
  final int firstGroup;
  final int lastGroup;
  final long reached;

  /**
   * @param leastWeight records that a window must have for a row
   * @param reached windows whose last moment it is, or was before, are over. Ms on the wall clock
   */
  WindowHeader(
      WindowIdentity identity, long leastWeight, int firstGroup, int lastGroup, long reached) {
    this.identity = identity;
    this.leastWeight = leastWeight;
    this.firstGroup = firstGroup;
    this.lastGroup = lastGroup;
    this.reached = reached;
  }

  /** The component's epoch, its identity, the least weight, the key groups, the time. */
  public static final class Serializer extends ValueSerializer<WindowHeader> {
    private static final long serialVersionUID = 1L;

    @Override
    public WindowHeader createInstance() {
      return null;
    }

    @Override
    public void serialize(WindowHeader header, DataOutputView target) throws IOException {
      target.writeInt(Key.ONLY_EPOCH);
      header.identity.write(target);
      target.writeLong(header.leastWeight);
      target.writeInt(header.firstGroup);
      target.writeInt(header.lastGroup);
      target.writeLong(header.reached);
    }

    @Override
    public WindowHeader deserialize(DataInputView source) throws IOException {
      Key.expectOnlyEpoch(source.readInt());
      return new WindowHeader(
          WindowIdentity.read(source),
          source.readLong(),
          source.readInt(),
          source.readInt(),
          source.readLong());
    }

    @Override
    public TypeSerializerSnapshot<WindowHeader> snapshotConfiguration() {
      return new Snapshot();
    }

    /** Names the serializer in savepoints. */
    public static final class Snapshot extends ValueSnapshot<WindowHeader> {
      public Snapshot() {
        super(Serializer::new, FIRST_LAYOUT);
      }
    }
  }
}
