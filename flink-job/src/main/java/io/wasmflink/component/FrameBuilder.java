package io.wasmflink.component;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes what crosses to the native library: one array, so that a call costs the same whatever is
 * in it. Numbers are in the machine's byte order, a byte string has its length in front.
 */
final class FrameBuilder {
  private static final int DEFAULT_CAPACITY = 1_024;

  private ByteBuffer buffer;

  FrameBuilder() {
    this(DEFAULT_CAPACITY);
  }

  /**
   * @param capacity the length that is expected; more is possible
   */
  FrameBuilder(int capacity) {
    buffer = allocate(capacity);
  }

  FrameBuilder putInt(int value) {
    reserve(Integer.BYTES);
    buffer.putInt(value);
    return this;
  }

  FrameBuilder putLong(long value) {
    reserve(Long.BYTES);
    buffer.putLong(value);
    return this;
  }

  FrameBuilder putBytes(byte[] bytes) {
    reserve(Integer.BYTES + (long) bytes.length);
    buffer.putInt(bytes.length).put(bytes);
    return this;
  }

  FrameBuilder putText(String text) {
    return putBytes(text.getBytes(StandardCharsets.UTF_8));
  }

  byte[] toBytes() {
    return buffer.position() == buffer.capacity()
        ? buffer.array()
        : Arrays.copyOf(buffer.array(), buffer.position());
  }

  private void reserve(long bytes) {
    long needed = buffer.position() + bytes;
    if (needed <= buffer.capacity()) {
      return;
    }
    if (needed > Integer.MAX_VALUE - Long.BYTES) {
      throw ComponentException.wrong(
          needed + " bytes do not fit into one call of a component: an array has at most 2 GiB.");
    }
    ByteBuffer larger =
        allocate(
            (int)
                Math.min(Integer.MAX_VALUE - Long.BYTES, Math.max(needed, 2L * buffer.capacity())));
    larger.put(buffer.array(), 0, buffer.position());
    buffer = larger;
  }

  private static ByteBuffer allocate(int capacity) {
    return ByteBuffer.allocate(capacity).order(ByteOrder.nativeOrder());
  }
}
