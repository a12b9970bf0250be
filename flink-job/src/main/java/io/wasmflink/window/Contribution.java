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

/** What a batch adds to the windows of one key that contain one slice. */
public final class Contribution {
  /** How Flink moves it. */
  public static final TypeInformation<Contribution> TYPE =
      ValueType.of(Contribution.class, Serializer.INSTANCE);

  private final Key key;
  private final long sliceStart;
  private final long weight;
  private final byte[] partial;

  /**
   * @param sliceStart ms on the wall clock
   * @param weight how many records are in it
   * @param partial an accumulator of those records
   */
  public Contribution(Key key, long sliceStart, long weight, byte[] partial) {
    this.key = key;
    this.sliceStart = sliceStart;
    this.weight = weight;
    this.partial = partial;
  }

  public Key key() {
    return key;
  }

  public long sliceStart() {
    return sliceStart;
  }

  public long weight() {
    return weight;
  }

  public byte[] partial() {
    return partial;
  }

  /** Key, slice, weight, partial. */
  public static final class Serializer extends ValueSerializer<Contribution> {
    private static final long serialVersionUID = 1L;
    static final Serializer INSTANCE = new Serializer();

    @Override
    public Contribution createInstance() {
      return new Contribution(new Key(new byte[0]), 0, 0, new byte[0]);
    }

    @Override
    public void serialize(Contribution contribution, DataOutputView target) throws IOException {
      Key.Serializer.INSTANCE.serialize(contribution.key, target);
      target.writeLong(contribution.sliceStart);
      target.writeLong(contribution.weight);
      Bytes.write(contribution.partial, target);
    }

    @Override
    public Contribution deserialize(DataInputView source) throws IOException {
      return new Contribution(
          Key.Serializer.INSTANCE.deserialize(source),
          source.readLong(),
          source.readLong(),
          Bytes.read(source));
    }

    @Override
    public TypeSerializerSnapshot<Contribution> snapshotConfiguration() {
      return new Snapshot();
    }

    /** Names the serializer in savepoints. */
    public static final class Snapshot extends ValueSnapshot<Contribution> {
      public Snapshot() {
        super(Serializer::new, FIRST_LAYOUT);
      }
    }
  }
}
