package io.wasmflink.component;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads what the native library gave: from the front, or at a place. */
final class Frame {
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private final byte[] bytes;
  private int position;

  Frame(byte[] bytes) {
    this.bytes = bytes;
  }

  byte nextByte() {
    return bytes[position++];
  }

  boolean nextBoolean() {
    return nextByte() != 0;
  }

  int nextInt() {
    return intAt(skip(Integer.BYTES));
  }

  long nextLong() {
    return longAt(skip(Long.BYTES));
  }

  byte[] nextBytes() {
    int length = nextInt();
    int start = skip(length);
    return bytesAt(start, start + length);
  }

  String nextText() {
    int length = nextInt();
    return textAt(skip(length), length);
  }

  /** Byte strings, as a column of ends with all bytes behind it. */
  ByteStrings nextByteStrings(int count) {
    int ends = skip(Integer.BYTES * count);
    int total = count == 0 ? 0 : intAt(ends + Integer.BYTES * (count - 1));
    return new ByteStrings(this, ends, skip(total));
  }

  /**
   * @return where the skipped part begins
   */
  int skip(int length) {
    int start = position;
    position += length;
    return start;
  }

  int intAt(int place) {
    return (int) INTS.get(bytes, place);
  }

  long longAt(int place) {
    return (long) LONGS.get(bytes, place);
  }

  byte[] bytesAt(int start, int end) {
    return Arrays.copyOfRange(bytes, start, end);
  }

  String textAt(int start, int length) {
    return new String(bytes, start, length, StandardCharsets.UTF_8);
  }

  /** A column of byte strings in a frame. */
  static final class ByteStrings {
    private final Frame frame;
    private final int ends;
    private final int start;

    private ByteStrings(Frame frame, int ends, int start) {
      this.frame = frame;
      this.ends = ends;
      this.start = start;
    }

    byte[] bytes(int i) {
      return frame.bytesAt(begin(i), end(i));
    }

    String text(int i) {
      int begin = begin(i);
      return frame.textAt(begin, end(i) - begin);
    }

    private int begin(int i) {
      return i == 0 ? start : end(i - 1);
    }

    private int end(int i) {
      return start + frame.intAt(ends + Integer.BYTES * i);
    }
  }
}
