package io.wasmflink.sink;

import io.wasmflink.ingest.Document;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.io.JsonStringEncoder;

/**
 * The body of a bulk request: two lines a document. Each version is external and may be equal to
 * the one that is there: sending a document twice changes nothing, and an older version never
 * replaces a newer one.
 */
final class BulkBody {
  private static final byte[] BEFORE_ID = ascii("{\"index\":{\"_id\":\"");
  private static final byte[] BEFORE_VERSION =
      ascii("\",\"version_type\":\"external_gte\",\"version\":");
  private static final byte[] AFTER_VERSION = ascii("}}\n");

  private BulkBody() {}

  static byte[] of(List<Document> documents) {
    int size = 0;
    for (Document document : documents) {
      size += document.body().length + document.id().length() + 96;
    }
    ByteArrayOutputStream body = new ByteArrayOutputStream(size);
    for (Document document : documents) {
      body.writeBytes(BEFORE_ID);
      body.writeBytes(JsonStringEncoder.getInstance().quoteAsUTF8(document.id()));
      body.writeBytes(BEFORE_VERSION);
      body.writeBytes(ascii(Long.toString(document.version())));
      body.writeBytes(AFTER_VERSION);
      body.writeBytes(oneLine(document.body()));
      body.write('\n');
    }
    return body.toByteArray();
  }

  /** A line end is white space in JSON, and the end of a document here. */
  private static byte[] oneLine(byte[] json) {
    byte[] line = json;
    for (int i = 0; i < json.length; i++) {
      if (json[i] == '\n' || json[i] == '\r') {
        if (line == json) {
          line = json.clone();
        }
        line[i] = ' ';
      }
    }
    return line;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
