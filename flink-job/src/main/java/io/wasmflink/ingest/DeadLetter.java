package io.wasmflink.ingest;

import io.wasmflink.source.RawRecord;
import io.wasmflink.types.Bytes;
import io.wasmflink.types.ValueSerializer;
import io.wasmflink.types.ValueSnapshot;
import io.wasmflink.types.ValueType;
import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** A record that could not be counted (or not everywhere), with its bytes, its place and why. */
public final class DeadLetter {
  /** Reason of a record that came after its window was over. */
  public static final String LATE = "late";

  /** How Flink moves it. */
  public static final TypeInformation<DeadLetter> TYPE =
      ValueType.of(DeadLetter.class, Serializer.INSTANCE);

  private final RawRecord record;
  private final String reason;
  private final String detail;
  private final String component;
  private final String lateFor;

  private DeadLetter(
      RawRecord record, String reason, String detail, String component, String lateFor) {
    this.record = record;
    this.reason = reason;
    this.detail = detail;
    this.component = component;
    this.lateFor = lateFor;
  }

  /**
   * @param component the component that trapped on it; null where none did
   */
  public static DeadLetter rejected(
      RawRecord record, String reason, String detail, String component) {
    return new DeadLetter(record, reason, detail, component == null ? "" : component, "");
  }

  /**
   * @param slots the aggregates for which it came too late
   */
  public static DeadLetter late(RawRecord record, List<String> slots, String detail) {
    return new DeadLetter(record, LATE, detail, "", String.join(",", slots));
  }

  public RawRecord record() {
    return record;
  }

  /** In kebab case. */
  public String reason() {
    return reason;
  }

  /** For a person. */
  public String detail() {
    return detail;
  }

  /** Empty where no component trapped. */
  public String component() {
    return component;
  }

  /** Aggregates separated by commas; empty where it is not late. */
  public String lateFor() {
    return lateFor;
  }

  /** The record with what is wrong with it. */
  public static final class Serializer extends ValueSerializer<DeadLetter> {
    private static final long serialVersionUID = 1L;
    static final Serializer INSTANCE = new Serializer();

    private final RawRecord.Serializer records = new RawRecord.Serializer();

    @Override
    public DeadLetter createInstance() {
      return new DeadLetter(records.createInstance(), "", "", "", "");
    }

    @Override
    public void serialize(DeadLetter letter, DataOutputView target) throws IOException {
      records.serialize(letter.record, target);
      Bytes.writeText(letter.reason, target);
      Bytes.writeText(letter.detail, target);
      Bytes.writeText(letter.component, target);
      Bytes.writeText(letter.lateFor, target);
    }

    @Override
    public DeadLetter deserialize(DataInputView source) throws IOException {
      return new DeadLetter(
          records.deserialize(source),
          Bytes.readText(source),
          Bytes.readText(source),
          Bytes.readText(source),
          Bytes.readText(source));
    }

    @Override
    public TypeSerializerSnapshot<DeadLetter> snapshotConfiguration() {
      return new Snapshot();
    }

    /** Names the serializer in savepoints. */
    public static final class Snapshot extends ValueSnapshot<DeadLetter> {
      public Snapshot() {
        super(Serializer::new, FIRST_LAYOUT);
      }
    }
  }
}
