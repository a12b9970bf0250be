package org.apache.flink.connector.elasticsearch.sink;

import org.elasticsearch.action.bulk.BulkItemResponse;
import org.elasticsearch.action.bulk.BulkProcessor;
import org.elasticsearch.action.bulk.BulkRequest;
import org.elasticsearch.action.bulk.BulkResponse;
import org.elasticsearch.action.index.IndexResponse;
import org.elasticsearch.client.RestHighLevelClient;
import org.elasticsearch.index.shard.ShardId;
import org.elasticsearch.rest.RestStatus;

/**
 * The connector's sink, except that a version conflict is a success: it says that the index already
 * has a newer version of the document, which is what external versions are for. The connector
 * itself fails the job on it.
 *
 * <p>It is in the connector's package because the factory that it replaces is visible there only.
 *
 * @param <T> what is turned into requests
 */
public final class VersionedElasticsearchSinkBuilder<T> extends Elasticsearch7SinkBuilder<T> {

  @Override
  protected BulkProcessorBuilderFactory getBulkProcessorBuilderFactory() {
    return new ConflictsAreSuccess(super.getBulkProcessorBuilderFactory());
  }

  private static final class ConflictsAreSuccess implements BulkProcessorBuilderFactory {
    private static final long serialVersionUID = 1L;

    private final BulkProcessorBuilderFactory connectors;

    ConflictsAreSuccess(BulkProcessorBuilderFactory connectors) {
      this.connectors = connectors;
    }

    @Override
    public BulkProcessor.Builder apply(
        RestHighLevelClient client, BulkProcessorConfig config, BulkProcessor.Listener listener) {
      return connectors.apply(client, config, new Listener(listener));
    }
  }

  private static final class Listener implements BulkProcessor.Listener {
    private final BulkProcessor.Listener connectors;

    Listener(BulkProcessor.Listener connectors) {
      this.connectors = connectors;
    }

    @Override
    public void beforeBulk(long executionId, BulkRequest request) {
      connectors.beforeBulk(executionId, request);
    }

    @Override
    public void afterBulk(long executionId, BulkRequest request, BulkResponse response) {
      connectors.afterBulk(executionId, request, withoutConflicts(response));
    }

    @Override
    public void afterBulk(long executionId, BulkRequest request, Throwable failure) {
      connectors.afterBulk(executionId, request, failure);
    }
  }

  /**
   * The same response with each version conflict in the form of an index operation that went well.
   */
  static BulkResponse withoutConflicts(BulkResponse response) {
    if (!response.hasFailures()) {
      return response;
    }
    BulkItemResponse[] items = response.getItems().clone();
    for (int i = 0; i < items.length; i++) {
      BulkItemResponse.Failure failure = items[i].getFailure();
      if (failure != null && failure.getStatus() == RestStatus.CONFLICT) {
        items[i] =
            new BulkItemResponse(
                items[i].getItemId(),
                items[i].getOpType(),
                new IndexResponse(
                    new ShardId(failure.getIndex(), "_na_", 0),
                    failure.getType(),
                    failure.getId(),
                    0,
                    1,
                    1,
                    false));
      }
    }
    return new BulkResponse(items, response.getTook().millis(), response.getIngestTookInMillis());
  }
}
