package io.wasmflink.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.wasmflink.ingest.Document;
import java.nio.charset.StandardCharsets;
import org.elasticsearch.action.DocWriteRequest.OpType;
import org.elasticsearch.action.index.IndexRequest;
import org.elasticsearch.index.VersionType;
import org.junit.jupiter.api.Test;

class DocumentIndexTest {
  @Test
  void aDocumentGoesUnderItsIdWithItsVersion() {
    byte[] body = "{\"type\":\"THEFT\"}".getBytes(StandardCharsets.UTF_8);
    IndexRequest request =
        new DocumentIndex.Emitter("crimes").request(new Document("42", 1_518_277_801_000L, body));
    assertEquals("crimes", request.index());
    assertEquals("42", request.id());
    assertEquals(1_518_277_801_000L, request.version());
    // the same version again is no conflict, so a replay is a plain success
    assertEquals(VersionType.EXTERNAL_GTE, request.versionType());
    assertEquals(OpType.INDEX, request.opType());
    assertEquals("THEFT", request.sourceAsMap().get("type"));
  }
}
