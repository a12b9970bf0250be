package io.wasmflink.types;

import java.util.function.Supplier;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Names a serializer and its layout in savepoints. So a layout has its number once for each state
 * and not once for each value, and Flink compares it at restore, before a value is read.
 *
 * @param <T> what is serialized
 */
public abstract class ValueSnapshot<T> implements TypeSerializerSnapshot<T> {
  /** Up to 3, the number is that of the snapshots of Flink's with which earlier builds wrote. */
  public static final int FIRST_LAYOUT = 4;

  private final Supplier<? extends ValueSerializer<T>> serializer;
  private final int layout;

  /**
   * @param layout to be raised with every change of what the serializer writes
   */
  protected ValueSnapshot(Supplier<? extends ValueSerializer<T>> serializer, int layout) {
    this.serializer = serializer;
    this.layout = layout;
  }

  @Override
  public final int getCurrentVersion() {
    return layout;
  }

  @Override
  public final void writeSnapshot(DataOutputView target) {}

  @Override
  public final void readSnapshot(int written, DataInputView source, ClassLoader classLoader) {
    if (written != layout) {
      throw UnfitState.because(
          String.format(
              "The state that was restored has %s in layout %d, but this build of the job reads"
                  + " layout %d: start the job with the build that wrote the state, or without the"
                  + " state.",
              serializer.get().getClass().getName(), written, layout));
    }
  }

  @Override
  public final TypeSerializer<T> restoreSerializer() {
    return serializer.get();
  }

  @Override
  public final TypeSerializerSchemaCompatibility<T> resolveSchemaCompatibility(
      TypeSerializer<T> present) {
    return present.getClass() == serializer.get().getClass()
        ? TypeSerializerSchemaCompatibility.compatibleAsIs()
        : TypeSerializerSchemaCompatibility.incompatible();
  }
}
