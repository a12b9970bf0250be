package io.wasmflink.ingest;

import io.wasmflink.source.RawRecord;
import java.util.Arrays;

/** Raw values in one buffer, as the decoder takes them, and the records that they are from. */
final class Batch {
  private static final int FIRST_BUFFER = 64 * 1024;

  private final RawRecord[] records;
  private final int[] ends;
  private final int maxBytes;
  private byte[] values = new byte[FIRST_BUFFER];
  private int count;
  private int bytes;

  /**
   * @param maxRecords records that fit
   * @param maxBytes bytes that fit; one value alone may be longer
   */
  Batch(int maxRecords, int maxBytes) {
    this.records = new RawRecord[maxRecords];
    this.ends = new int[maxRecords];
    this.maxBytes = maxBytes;
  }

  /** Whether the record still fits. An empty batch takes any. */
  boolean fits(RawRecord record) {
    return count == 0 || (count < records.length && bytes + length(record) <= maxBytes);
  }

  boolean isFull() {
    return count == records.length || bytes >= maxBytes;
  }

  boolean isEmpty() {
    return count == 0;
  }

  void add(RawRecord record) {
    int length = length(record);
    if (bytes + length > values.length) {
      values = Arrays.copyOf(values, Math.max(bytes + length, 2 * values.length));
    }
    if (length > 0) {
      System.arraycopy(record.value(), 0, values, bytes, length);
    }
    bytes += length;
    records[count] = record;
    ends[count] = bytes;
    count++;
  }

  void clear() {
    Arrays.fill(records, 0, count, null);
    count = 0;
    bytes = 0;
  }

  int count() {
    return count;
  }

  RawRecord record(int index) {
    return records[index];
  }

  /** All values, one after the other; only the first {@link #ends}[count - 1] bytes count. */
  byte[] values() {
    return values;
  }

  /** Where each value ends. */
  int[] ends() {
    return ends;
  }

  private static int length(RawRecord record) {
    return record.value() == null ? 0 : record.value().length;
  }
}
