package io.wasmflink.component;

import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/** A batch of raw values, as the ingest operator makes it. */
final class Values {
  private byte[] bytes = new byte[0];
  private final List<Integer> ends = new ArrayList<>();

  /** A crime as the producer sends it, with a position. */
  static String crime(long id, String date, String district, String type) {
    return String.format(
        "{\"ID\":\"%d\",\"Case_Number\":\"HZ%d\",\"Date\":\"%s\",\"Primary_Type\":\"%s\","
            + "\"Description\":\"SIMPLE\",\"Location_Description\":\"STREET\",\"Arrest\":\"true\","
            + "\"Domestic\":\"false\",\"District\":\"%s\",\"Updated_On\":\"2018-02-10T15:50:01\","
            + "\"Latitude\":\"41.88\",\"Longitude\":\"-87.63\"}",
        id, id, date, type, district);
  }

  /** Ms on the wall clock. */
  static long millis(String date) {
    return LocalDateTime.parse(date).toInstant(ZoneOffset.UTC).toEpochMilli();
  }

  Values add(String value) {
    return add(value.getBytes(StandardCharsets.UTF_8));
  }

  Values add(byte[] value) {
    byte[] longer = java.util.Arrays.copyOf(bytes, bytes.length + value.length);
    System.arraycopy(value, 0, longer, bytes.length, value.length);
    bytes = longer;
    ends.add(bytes.length);
    return this;
  }

  byte[] bytes() {
    return bytes;
  }

  int[] ends() {
    return ends.stream().mapToInt(Integer::intValue).toArray();
  }

  int count() {
    return ends.size();
  }

  IngestResult into(Ingest ingest, long watermark) {
    return ingest.ingest(bytes, ends(), count(), watermark);
  }
}
