package io.wasmflink.job;

import io.wasmflink.component.AggregateDescription;
import io.wasmflink.ingest.DeadLetter;
import io.wasmflink.ingest.Document;
import io.wasmflink.settings.JobSettings;
import io.wasmflink.sink.DeadLetterTopic;
import io.wasmflink.sink.IndexTemplate;
import io.wasmflink.sink.PostgresTable;
import io.wasmflink.sink.SearchIndex;
import io.wasmflink.sink.SearchServer;
import io.wasmflink.sink.TableCheck;
import io.wasmflink.source.TopicLimits;
import io.wasmflink.window.ResultRow;
import java.util.Optional;
import org.apache.flink.streaming.api.datastream.DataStream;

/** Postgres, Elasticsearch and Kafka's topics for dead letters. */
final class ServerOutputs implements Outputs {
  private final JobSettings settings;
  private final Optional<SearchServer> elasticsearch;
  private final TopicLimits limits;

  ServerOutputs(JobSettings settings, TopicLimits limits) {
    this.settings = settings;
    this.elasticsearch = SearchServer.of(settings);
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
        server ->
            new IndexTemplate(server)
                .put(settings.index(), components.decoderDescription().documentMapping()));
  }

  @Override
  public Optional<DataStream<DeadLetter>> rows(
      String aggregate, AggregateDescription description, DataStream<ResultRow> rows) {
    return Optional.of(
        PostgresTable.deliver(rows, settings, aggregate, description.columns())
            .uid("rows-" + aggregate));
  }

  @Override
  public boolean takesDocuments() {
    return elasticsearch.isPresent();
  }

  @Override
  public Optional<DataStream<DeadLetter>> documents(DataStream<Document> documents) {
    return Optional.of(
        SearchIndex.deliver(documents, elasticsearch.orElseThrow(), settings.index())
            .uid("documents"));
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
