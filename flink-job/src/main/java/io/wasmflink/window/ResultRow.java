package io.wasmflink.window;

import io.wasmflink.types.Bytes;
import io.wasmflink.types.ValueSerializer;
import io.wasmflink.types.ValueSnapshot;
import io.wasmflink.types.ValueType;
import java.io.IOException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** A row: one value a column, each a Long, Double, String, Boolean, LocalDateTime or null. */
public final class ResultRow {
  /** How Flink moves it. */
  public static final TypeInformation<ResultRow> TYPE =
      ValueType.of(ResultRow.class, new Serializer());

  private final Object[] values;

  public ResultRow(Object... values) {
    this.values = values;
  }

  public int size() {
    return values.length;
  }

  public Object value(int column) {
    return values[column];
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ResultRow && Arrays.equals(values, ((ResultRow) other).values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return Arrays.toString(values);
  }

  /** A tag before each value says what it is. */
  public static final class Serializer extends ValueSerializer<ResultRow> {
    private static final long serialVersionUID = 1L;

    private static final int NULL = 0;
    private static final int INTEGER = 1;
    private static final int REAL = 2;
    private static final int TEXT = 3;
    private static final int BOOLEAN = 4;
    private static final int TIMESTAMP = 5;

    @Override
    public ResultRow createInstance() {
      return new ResultRow();
    }

    @Override
    public void serialize(ResultRow row, DataOutputView target) throws IOException {
      target.writeInt(row.values.length);
      for (Object value : row.values) {
        write(value, target);
      }
    }

    @Override
    public ResultRow deserialize(DataInputView source) throws IOException {
      Object[] values = new Object[source.readInt()];
      for (int i = 0; i < values.length; i++) {
        values[i] = read(source);
      }
      return new ResultRow(values);
    }

    private static void write(Object value, DataOutputView target) throws IOException {
      if (value == null) {
        target.writeByte(NULL);
      } else if (value instanceof Long) {
        target.writeByte(INTEGER);
        target.writeLong((Long) value);
      } else if (value instanceof Double) {
        target.writeByte(REAL);
        target.writeDouble((Double) value);
      } else if (value instanceof String) {
        target.writeByte(TEXT);
        Bytes.writeText((String) value, target);
      } else if (value instanceof Boolean) {
        target.writeByte(BOOLEAN);
        target.writeBoolean((Boolean) value);
      } else if (value instanceof LocalDateTime) {
        LocalDateTime time = (LocalDateTime) value;
        target.writeByte(TIMESTAMP);
        target.writeLong(time.toEpochSecond(ZoneOffset.UTC));
        target.writeInt(time.getNano());
      } else {
        throw new IOException("A row can't hold a " + value.getClass().getName() + ".");
      }
    }

    private static Object read(DataInputView source) throws IOException {
      int tag = source.readByte();
      switch (tag) {
        case NULL:
          return null;
        case INTEGER:
          return source.readLong();
        case REAL:
          return source.readDouble();
        case TEXT:
          return Bytes.readText(source);
        case BOOLEAN:
          return source.readBoolean();
        case TIMESTAMP:
          return LocalDateTime.ofEpochSecond(source.readLong(), source.readInt(), ZoneOffset.UTC);
        default:
          throw new IOException("A row has a value of unknown kind " + tag + ".");
      }
    }

    @Override
    public TypeSerializerSnapshot<ResultRow> snapshotConfiguration() {
      return new Snapshot();
    }

    /** Names the serializer in savepoints. */
    public static final class Snapshot extends ValueSnapshot<ResultRow> {
      public Snapshot() {
        super(Serializer::new, FIRST_LAYOUT);
      }
    }
  }
}
