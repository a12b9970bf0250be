package org.apache.flink.connector.elasticsearch.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.action.DocWriteRequest;
import org.elasticsearch.action.bulk.BulkItemResponse;
import org.elasticsearch.action.bulk.BulkResponse;
import org.elasticsearch.action.index.IndexResponse;
import org.elasticsearch.index.shard.ShardId;
import org.elasticsearch.rest.RestStatus;
import org.junit.jupiter.api.Test;

class VersionedElasticsearchSinkBuilderTest {
  @Test
  void aVersionConflictIsASuccess() {
    BulkResponse response = withoutConflicts(failed(0, RestStatus.CONFLICT), written(1));
    assertFalse(response.hasFailures());
    assertEquals("document-0", response.getItems()[0].getId());
    assertEquals("crimes", response.getItems()[0].getIndex());
    assertEquals(0, response.getItems()[0].getItemId());
    assertEquals(7, response.getTook().millis());
  }

  @Test
  void everyOtherFailureStaysOne() {
    BulkResponse response =
        withoutConflicts(
            failed(0, RestStatus.CONFLICT),
            failed(1, RestStatus.BAD_REQUEST),
            failed(2, RestStatus.TOO_MANY_REQUESTS));
    assertTrue(response.hasFailures());
    assertFalse(response.getItems()[0].isFailed());
    assertEquals(RestStatus.BAD_REQUEST, response.getItems()[1].getFailure().getStatus());
    assertEquals(RestStatus.TOO_MANY_REQUESTS, response.getItems()[2].getFailure().getStatus());
  }

  @Test
  void aResponseWithoutFailuresIsPassedOnAsItIs() {
    BulkResponse response = new BulkResponse(new BulkItemResponse[] {written(0)}, 7);
    assertSame(response, VersionedElasticsearchSinkBuilder.withoutConflicts(response));
  }

  private static BulkResponse withoutConflicts(BulkItemResponse... items) {
    return VersionedElasticsearchSinkBuilder.withoutConflicts(new BulkResponse(items, 7));
  }

  private static BulkItemResponse written(int id) {
    return new BulkItemResponse(
        id,
        DocWriteRequest.OpType.INDEX,
        new IndexResponse(
            new ShardId("crimes", "uuid", 0), "_doc", "document-" + id, 0, 1, 1, true));
  }

  private static BulkItemResponse failed(int id, RestStatus status) {
    return new BulkItemResponse(
        id,
        DocWriteRequest.OpType.INDEX,
        new BulkItemResponse.Failure(
            "crimes",
            "_doc",
            "document-" + id,
            new ElasticsearchStatusException("from the index", status)));
  }
}
