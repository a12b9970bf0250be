package io.wasmflink.sink;

import io.wasmflink.ingest.Document;
import java.net.URI;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.elasticsearch.sink.ElasticsearchEmitter;
import org.apache.flink.connector.elasticsearch.sink.FlushBackoffType;
import org.apache.flink.connector.elasticsearch.sink.RequestIndexer;
import org.apache.flink.connector.elasticsearch.sink.VersionedElasticsearchSinkBuilder;
import org.apache.http.HttpHost;
import org.elasticsearch.action.index.IndexRequest;
import org.elasticsearch.common.xcontent.XContentType;
import org.elasticsearch.index.VersionType;

/** The search index as a sink. */
public final class DocumentIndex {
  private static final int BULK_ACTIONS = 2_000;
  private static final int BULK_MEGABYTES = 5;
  private static final long BULK_INTERVAL_MILLIS = 1_000;
  private static final int RETRIES = 5;
  private static final long RETRY_DELAY_MILLIS = 200;

  private DocumentIndex() {}

  /**
   * Documents under their own ids, each with its version: sending one twice changes nothing, and an
   * older version never replaces a newer one.
   */
  public static Sink<Document> sink(URI url, String index) {
    VersionedElasticsearchSinkBuilder<Document> builder = new VersionedElasticsearchSinkBuilder<>();
    builder
        .setHosts(new HttpHost(url.getHost(), port(url), url.getScheme()))
        .setBulkFlushMaxActions(BULK_ACTIONS)
        .setBulkFlushMaxSizeMb(BULK_MEGABYTES)
        .setBulkFlushInterval(BULK_INTERVAL_MILLIS)
        .setBulkFlushBackoffStrategy(FlushBackoffType.EXPONENTIAL, RETRIES, RETRY_DELAY_MILLIS)
        .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE);
    if (url.getPath() != null && url.getPath().length() > 1) {
      builder.setConnectionPathPrefix(url.getPath());
    }
    return builder.<Document>setEmitter(new Emitter(index)).build();
  }

  private static int port(URI url) {
    if (url.getPort() >= 0) {
      return url.getPort();
    }
    return url.getScheme().equals("https") ? 443 : 80;
  }

  /** One index request a document. */
  static final class Emitter implements ElasticsearchEmitter<Document> {
    private static final long serialVersionUID = 1L;

    private final String index;

    Emitter(String index) {
      this.index = index;
    }

    @Override
    public void emit(Document document, SinkWriter.Context context, RequestIndexer indexer) {
      indexer.add(request(document));
    }

    IndexRequest request(Document document) {
      return new IndexRequest(index)
          .id(document.id())
          .version(document.version())
          .versionType(VersionType.EXTERNAL_GTE)
          .source(document.body(), XContentType.JSON);
    }
  }
}
