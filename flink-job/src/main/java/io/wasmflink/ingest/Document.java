package io.wasmflink.ingest;

import io.wasmflink.types.Bytes;
import io.wasmflink.types.ValueSerializer;
import io.wasmflink.types.ValueSnapshot;
import io.wasmflink.types.ValueType;
import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** A JSON document for the search index; of two with the same id, the greater version stays. */
public final class Document {
  /** How Flink moves it. */
  public static final TypeInformation<Document> TYPE =
      ValueType.of(Document.class, Serializer.INSTANCE);

  private final String id;
  private final long version;
  private final byte[] body;

  /**
   * @param version 0 or more
   * @param body a JSON object, UTF-8
   */
  public Document(String id, long version, byte[] body) {
    this.id = id;
    this.version = version;
    this.body = body;
  }

  public String id() {
    return id;
  }

  public long version() {
    return version;
  }

  public byte[] body() {
    return body;
  }

  /** Id, version, body. */
  public static final class Serializer extends ValueSerializer<Document> {
    private static final long serialVersionUID = 1L;
    static final Serializer INSTANCE = new Serializer();

    @Override
    public Document createInstance() {
      return new Document("", 0, new byte[0]);
    }

    @Override
    public void serialize(Document document, DataOutputView target) throws IOException {
      Bytes.writeText(document.id, target);
      target.writeLong(document.version);
      Bytes.write(document.body, target);
    }

    @Override
    public Document deserialize(DataInputView source) throws IOException {
      return new Document(Bytes.readText(source), source.readLong(), Bytes.read(source));
    }

    @Override
    public TypeSerializerSnapshot<Document> snapshotConfiguration() {
      return new Snapshot();
    }

    /** Names the serializer in savepoints. */
    public static final class Snapshot extends ValueSnapshot<Document> {
      public Snapshot() {
        super(Serializer::new, FIRST_LAYOUT);
      }
    }
  }
}
