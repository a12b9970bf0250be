package io.wasmflink.ingest;

import io.wasmflink.source.RawRecord;
import io.wasmflink.types.Bytes;
import io.wasmflink.types.ValueSerializer;
import io.wasmflink.types.ValueSnapshot;
import io.wasmflink.types.ValueType;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * What could not be counted or written (or not everywhere), with its bytes, where it comes from and
 * why.
 */
public final class DeadLetter {
  /** Reason of a record that came after its window was over. */
  public static final String LATE = "late";

  /** Reason of what a component made of records whose windows were over only there. */
  public static final String LATE_AT_WINDOW = "late-at-window";

  /** How Flink moves it. */
  public static final TypeInformation<DeadLetter> TYPE =
      ValueType.of(DeadLetter.class, Serializer.INSTANCE);

  private final String place;
  private final byte[] value;
  private final String reason;
  private final String detail;
  private final SortedMap<String, String> origin;

  private DeadLetter(
      String place, byte[] value, String reason, String detail, SortedMap<String, String> origin) {
    this.place = place;
    this.value = value;
    this.reason = reason;
    this.detail = detail;
    this.origin = origin;
  }

  /**
   * @param component the component that trapped on it; null where none did
   */
  public static DeadLetter rejected(
      RawRecord record, String reason, String detail, String component) {
    SortedMap<String, String> origin = origin(record);
    if (component != null && !component.isEmpty()) {
      origin.put("component", component);
    }
    return new DeadLetter(record.toString(), record.value(), reason, detail, origin);
  }

  /**
   * @param slots the aggregates for which it came too late
   */
  public static DeadLetter late(RawRecord record, List<String> slots, String detail) {
    SortedMap<String, String> origin = origin(record);
    origin.put("late-for", String.join(",", slots));
    return new DeadLetter(record.toString(), record.value(), LATE, detail, origin);
  }

  /**
   * What no raw record stands for: a row or a document that a server does not take, or what a
   * component made of records.
   *
   * @param place the same for the same thing, whenever it comes again
   * @param origin what else is to be known about where it comes from, by name
   */
  public static DeadLetter refused(
      String place, byte[] value, String reason, String detail, SortedMap<String, String> origin) {
    return new DeadLetter(place, value, reason, detail, new TreeMap<>(origin));
  }

  private static SortedMap<String, String> origin(RawRecord record) {
    SortedMap<String, String> origin = new TreeMap<>();
    origin.put("source-topic", record.topic());
    origin.put("source-partition", String.valueOf(record.partition()));
    origin.put("source-offset", String.valueOf(record.offset()));
    origin.put("source-timestamp", String.valueOf(record.timestamp()));
    return origin;
  }

  /** Tells it from others; {@code topic/partition/offset} of a record. */
  public String place() {
    return place;
  }

  /** The bytes of a record as they were, null for a tombstone; a row or document as JSON. */
  public byte[] value() {
    return value;
  }

  /** In kebab case. */
  public String reason() {
    return reason;
  }

  /** For a person. */
  public String detail() {
    return detail;
  }

  /** Empty where no component trapped on it or gave it. */
  public String component() {
    return origin.getOrDefault("component", "");
  }

  /** Aggregates separated by commas; empty where it is not late. */
  public String lateFor() {
    return origin.getOrDefault("late-for", "");
  }

  /** By name, such as {@code source-offset}, {@code component}, {@code late-for}. */
  public SortedMap<String, String> origin() {
    return Collections.unmodifiableSortedMap(origin);
  }

  /** Place, bytes, what is wrong with it, and where it comes from. */
  public static final class Serializer extends ValueSerializer<DeadLetter> {
    private static final long serialVersionUID = 1L;
    static final Serializer INSTANCE = new Serializer();

    @Override
    public DeadLetter createInstance() {
      return new DeadLetter("", null, "", "", new TreeMap<>());
    }

    @Override
    public void serialize(DeadLetter letter, DataOutputView target) throws IOException {
      Bytes.writeText(letter.place, target);
      Bytes.write(letter.value, target);
      Bytes.writeText(letter.reason, target);
      Bytes.writeText(letter.detail, target);
      target.writeInt(letter.origin.size());
      for (Map.Entry<String, String> one : letter.origin.entrySet()) {
        Bytes.writeText(one.getKey(), target);
        Bytes.writeText(one.getValue(), target);
      }
    }

    @Override
    public DeadLetter deserialize(DataInputView source) throws IOException {
      String place = Bytes.readText(source);
      byte[] value = Bytes.read(source);
      String reason = Bytes.readText(source);
      String detail = Bytes.readText(source);
      SortedMap<String, String> origin = new TreeMap<>();
      for (int left = source.readInt(); left > 0; left--) {
        String name = Bytes.readText(source);
        origin.put(name, Bytes.readText(source));
      }
      return new DeadLetter(place, value, reason, detail, origin);
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
