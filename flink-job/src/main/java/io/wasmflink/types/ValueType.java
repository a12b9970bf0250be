package io.wasmflink.types;

import java.util.Objects;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/**
 * Type information of a class that has its own serializer. Flink's own way to find a serializer
 * ends in Kryo for such classes, which is slow and breaks state when a class changes.
 *
 * @param <T> the class
 */
public final class ValueType<T> extends TypeInformation<T> {
  private static final long serialVersionUID = 1L;

  private final Class<T> type;
  private final ValueSerializer<T> serializer;
  private final boolean key;

  private ValueType(Class<T> type, ValueSerializer<T> serializer, boolean key) {
    this.type = type;
    this.serializer = serializer;
    this.key = key;
  }

  public static <T> ValueType<T> of(Class<T> type, ValueSerializer<T> serializer) {
    return new ValueType<>(type, serializer, false);
  }

  /** A class with equals and hashCode that streams can be keyed by. */
  public static <T> ValueType<T> ofKey(Class<T> type, ValueSerializer<T> serializer) {
    return new ValueType<>(type, serializer, true);
  }

  @Override
  public boolean isBasicType() {
    return false;
  }

  @Override
  public boolean isTupleType() {
    return false;
  }

  @Override
  public int getArity() {
    return 1;
  }

  @Override
  public int getTotalFields() {
    return 1;
  }

  @Override
  public Class<T> getTypeClass() {
    return type;
  }

  @Override
  public boolean isKeyType() {
    return key;
  }

  @Override
  public TypeSerializer<T> createSerializer(ExecutionConfig config) {
    return serializer;
  }

  @Override
  public String toString() {
    return type.getSimpleName();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ValueType && ((ValueType<?>) other).type == type;
  }

  @Override
  public int hashCode() {
    return Objects.hash(type);
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof ValueType;
  }
}
