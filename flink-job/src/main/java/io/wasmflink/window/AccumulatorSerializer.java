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

/** Window state in checkpoints: the weight, and the parts. */
public final class AccumulatorSerializer extends ValueSerializer<Accumulator> {
  private static final long serialVersionUID = 1L;

  /** How Flink stores it. */
  public static final TypeInformation<Accumulator> TYPE =
      ValueType.of(Accumulator.class, new AccumulatorSerializer());

  @Override
  public Accumulator createInstance() {
    return Accumulator.empty();
  }

  @Override
  public void serialize(Accumulator accumulator, DataOutputView target) throws IOException {
    byte[][] parts = accumulator.parts();
    target.writeLong(accumulator.weight());
    target.writeBoolean(accumulator.hasMerged());
    target.writeInt(parts.length);
    for (byte[] part : parts) {
      Bytes.write(part, target);
    }
  }

  @Override
  public Accumulator deserialize(DataInputView source) throws IOException {
    long weight = source.readLong();
    boolean hasMerged = source.readBoolean();
    byte[][] parts = new byte[source.readInt()][];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = Bytes.read(source);
    }
    return Accumulator.of(weight, parts, hasMerged);
  }

  @Override
  public TypeSerializerSnapshot<Accumulator> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Names the serializer in savepoints. */
  public static final class Snapshot extends ValueSnapshot<Accumulator> {
    public Snapshot() {
      super(AccumulatorSerializer::new, FIRST_LAYOUT);
    }
  }
}
