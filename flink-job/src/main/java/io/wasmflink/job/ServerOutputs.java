package io.wasmflink.job;

import io.wasmflink.component.AggregateDescription;
import io.wasmflink.ingest.DeadLetter;
import io.wasmflink.ingest.Document;
import io.wasmflink.settings.JobSettings;
import io.wasmflink.sink.DeadLetterTopic;
import io.wasmflink.sink.DocumentIndex;
import io.wasmflink.sink.IndexTemplate;
import io.wasmflink.sink.TableCheck;
import io.wasmflink.sink.TableSink;
import io.wasmflink.source.TopicLimits;
import io.wasmflink.window.ResultRow;
import java.net.URI;
import java.util.Optional;
import org.apache.flink.streaming.api.datastream.DataStream;

/** Postgres, Elasticsearch and Kafka's topics for dead letters. */
final class ServerOutputs implements Outputs {
  private final JobSettings settings;
  private final Optional<URI> elasticsearch;
  private final TopicLimits limits;

  ServerOutputs(JobSettings settings, TopicLimits limits) {
    this.settings = settings;
    this.elasticsearch = settings.elasticsearchUrl().map(IndexTemplate::url);
    this.limits = limits;
  }

  /** Checks and prepares the servers for what the components give. */
  void prepare(JobComponents components) {
    if (!components.names().isEmpty()) {
      try (TableCheck tables = new TableCheck(settings)) {
        for (String name : components.names()) {
          tables.check(name, settings.table(name), components.description(name).columns());
        }
      }
    }
    elasticsearch.ifPresent(
        url ->
            new IndexTemplate(url)
                .put(settings.index(), components.decoderDescription().documentMapping()));
  }

  @Override
  public void rows(String aggregate, AggregateDescription description, DataStream<ResultRow> rows) {
    String table = settings.table(aggregate);
    rows.addSink(TableSink.of(settings, table, description.columns()))
        .name("postgres-" + table)
        .uid("rows-" + aggregate);
  }

  @Override
  public boolean takesDocuments() {
    return elasticsearch.isPresent();
  }

  @Override
  public void documents(DataStream<Document> documents) {
    documents
        .sinkTo(DocumentIndex.sink(elasticsearch.orElseThrow(), settings.index()))
        .name("elasticsearch-" + settings.index())
        .uid("documents");
  }

  @Override
  public void rejected(DataStream<DeadLetter> letters) {
    deadLetters(letters, settings.rejectedTopic(), "rejected");
  }

  @Override
  public void late(DataStream<DeadLetter> letters) {
    deadLetters(letters, settings.lateTopic(), "late");
  }

  private void deadLetters(DataStream<DeadLetter> letters, String topic, String uid) {
    letters
        .sinkTo(DeadLetterTopic.sink(settings, topic, limits.maxMessageBytes(topic)))
        .name("kafka-" + topic)
        .uid(uid);
  }
}
