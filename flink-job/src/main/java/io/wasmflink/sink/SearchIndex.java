package io.wasmflink.sink;

import io.wasmflink.ingest.DeadLetter;
import io.wasmflink.ingest.Document;
import java.util.TreeMap;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/** An index of Elasticsearch that takes documents. */
public final class SearchIndex implements Destination<Document> {
  private static final long serialVersionUID = 1L;

  /** Reason of a document that Elasticsearch does not take. */
  static final String REFUSED = "refused-by-elasticsearch";

  private static final int REQUEST_DOCUMENTS = 5_000;
  private static final long REQUEST_BYTES = 3 * 1024 * 1024;
  private static final int REQUESTS_IN_FLIGHT = 2;
  private static final int OBJECT_BYTES = 120;

  private final SearchServer server;
  private final String index;

  SearchIndex(SearchServer server, String index) {
    this.server = server;
    this.index = index;
  }

  /** Writes documents into an index, and gives those that Elasticsearch refuses. */
  public static SingleOutputStreamOperator<DeadLetter> deliver(
      DataStream<Document> documents, SearchServer server, String index) {
    return Delivery.of(documents, new SearchIndex(server, index), "elasticsearch-" + index);
  }

  @Override
  public String title() {
    return "Index " + index + " at " + server.url();
  }

  @Override
  public int requestElements() {
    return REQUEST_DOCUMENTS;
  }

  @Override
  public long requestBytes() {
    return REQUEST_BYTES;
  }

  /** Versions make their order irrelevant. */
  @Override
  public int requestsInFlight() {
    return REQUESTS_IN_FLIGHT;
  }

  @Override
  public long bytes(Document document) {
    return OBJECT_BYTES + document.id().length() + document.body().length;
  }

  @Override
  public TypeSerializer<Document> serializer() {
    return new Document.Serializer();
  }

  @Override
  public DeadLetter letter(Document document, String words) {
    TreeMap<String, String> origin = new TreeMap<>();
    origin.put("component", "decoder");
    origin.put("index", index);
    return DeadLetter.refused(index + "/" + document.id(), document.body(), REFUSED, words, origin);
  }

  @Override
  public Client<Document> open() {
    return new SearchClient(server, index);
  }
}
