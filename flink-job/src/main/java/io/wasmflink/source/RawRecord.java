package io.wasmflink.source;

import io.wasmflink.types.Bytes;
import io.wasmflink.types.ValueSerializer;
import io.wasmflink.types.ValueSnapshot;
import io.wasmflink.types.ValueType;
import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** One record as it is in Kafka: its value, unread, and where it came from. */
public final class RawRecord {
  /** How Flink moves it. */
  public static final TypeInformation<RawRecord> TYPE =
      ValueType.of(RawRecord.class, Serializer.INSTANCE);

  private final byte[] value;
  private final String topic;
  private final int partition;
  private final long offset;
  private final long timestamp;

  /**
   * @param value null for a tombstone
   * @param timestamp the record's Kafka timestamp, ms
   */
  public RawRecord(byte[] value, String topic, int partition, long offset, long timestamp) {
    this.value = value;
    this.topic = topic;
    this.partition = partition;
    this.offset = offset;
    this.timestamp = timestamp;
  }

  public byte[] value() {
    return value;
  }

  public String topic() {
    return topic;
  }

  public int partition() {
    return partition;
  }

  public long offset() {
    return offset;
  }

  public long timestamp() {
    return timestamp;
  }

  @Override
  public String toString() {
    return topic + "/" + partition + "/" + offset;
  }

  /** Written only where the source is not chained to the operator behind it. */
  public static final class Serializer extends ValueSerializer<RawRecord> {
    private static final long serialVersionUID = 1L;
    static final Serializer INSTANCE = new Serializer();

    @Override
    public RawRecord createInstance() {
      return new RawRecord(null, "", 0, 0, 0);
    }

    @Override
    public void serialize(RawRecord record, DataOutputView target) throws IOException {
      Bytes.write(record.value, target);
      target.writeUTF(record.topic);
      target.writeInt(record.partition);
      target.writeLong(record.offset);
      target.writeLong(record.timestamp);
    }

    @Override
    public RawRecord deserialize(DataInputView source) throws IOException {
      return new RawRecord(
          Bytes.read(source),
          source.readUTF(),
          source.readInt(),
          source.readLong(),
          source.readLong());
    }

    @Override
    public TypeSerializerSnapshot<RawRecord> snapshotConfiguration() {
      return new Snapshot();
    }

    /** Names the serializer in savepoints. */
    public static final class Snapshot extends ValueSnapshot<RawRecord> {
      public Snapshot() {
        super(Serializer::new, FIRST_LAYOUT);
      }
    }
  }
}
