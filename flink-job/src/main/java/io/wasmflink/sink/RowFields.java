package io.wasmflink.sink;

import io.wasmflink.component.Column;
import io.wasmflink.window.ResultRow;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;

/** A row as people read it: for dead letters. */
final class RowFields {
  private RowFields() {}

  /** A JSON object, UTF-8; times as ISO local date-times, numbers that JSON has not as text. */
  static byte[] json(List<Column> columns, ResultRow row) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    for (int i = 0; i < columns.size(); i++) {
      String name = columns.get(i).name();
      Object value = row.value(i);
      if (value == null) {
        object.putNull(name);
      } else if (value instanceof Long) {
        object.put(name, (Long) value);
      } else if (value instanceof Double && Double.isFinite((Double) value)) {
        object.put(name, (Double) value);
      } else if (value instanceof Boolean) {
        object.put(name, (Boolean) value);
      } else {
        object.put(name, value.toString());
      }
    }
    return object.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** The values of the primary key, in the order of the columns. */
  static List<Object> key(List<Column> columns, ResultRow row) {
    List<Object> key = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).key()) {
        key.add(row.value(i));
      }
    }
    return key;
  }
}
