package io.wasmflink.types;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Byte strings and texts on Flink's data views: length plus one, then the bytes; zero stands for
 * null.
 */
public final class Bytes {
  private static final byte[] EMPTY = {};

  private Bytes() {}

  public static void write(byte[] bytes, DataOutputView target) throws IOException {
    if (bytes == null) {
      target.writeInt(0);
      return;
    }
    target.writeInt(bytes.length + 1);
    target.write(bytes);
  }

  public static byte[] read(DataInputView source) throws IOException {
    int length = source.readInt() - 1;
    if (length <= 0) {
      return length == 0 ? EMPTY : null;
    }
    byte[] bytes = new byte[length];
    source.readFully(bytes);
    return bytes;
  }

  /**
   * As UTF-8, of any length: {@code writeUTF} ends at 65,535 bytes, and a component's own text need
   * not.
   */
  public static void writeText(String text, DataOutputView target) throws IOException {
    write(text.getBytes(StandardCharsets.UTF_8), target);
  }

  public static String readText(DataInputView source) throws IOException {
    return new String(read(source), StandardCharsets.UTF_8);
  }
}
