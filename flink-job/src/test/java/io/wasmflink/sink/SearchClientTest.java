package io.wasmflink.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.wasmflink.ingest.Document;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is sent to the index, and what is made of its answers, which are those of Elasticsearch
 * 7.17.
 */
class SearchClientTest {
  /** Far more than any answer takes, so that a client that waits for ever is seen. */
  private static final long ENOUGH_SECONDS = 60;

  private static final String GOOD = "{\"index\":{\"status\":201}}";

  private final List<String> bodies = Collections.synchronizedList(new ArrayList<>());
  private final List<String> paths = Collections.synchronizedList(new ArrayList<>());
  private volatile Function<String, String> answer = body -> items(GOOD);
  private volatile int status = 200;
  private HttpServer server;
  private SearchClient client;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/search/");
    client = new SearchClient(new SearchServer(url, "", null, null), "crimes");
  }

  @AfterEach
  void stop() {
    client.close();
    server.stop(0);
  }

  @Test
  void aDocumentIsTwoLinesUnderItsIdWithItsVersion() {
    Document document =
        new Document(
            "a\"b",
            1_518_277_801_000L,
            "{\"type\":\r\n\"THEFT\"}".getBytes(StandardCharsets.UTF_8));
    assertTrue(send(document).outage().isEmpty());
    assertEquals(
        "{\"index\":{\"_id\":\"a\\\"b\",\"version_type\":\"external_gte\",\"version\":1518277801000}}\n"
            + "{\"type\":  \"THEFT\"}\n",
        bodies.get(0));
    assertTrue(paths.get(0).startsWith("/search/crimes/_bulk?"), paths.get(0));
  }

  @Test
  void aNewerVersionThatIsThereIsSuccess() {
    answer = body -> items(GOOD, error(409, "version_conflict_engine_exception", "newer"));
    Answer<Document> got = send(document("1"), document("2"));
    assertTrue(got.outage().isEmpty());
    assertTrue(got.refusals().isEmpty());
  }

  @Test
  void aRefusedDocumentIsToldWithTheServersWords() {
    String immense =
        "{\"index\":{\"status\":400,\"error\":{\"type\":\"illegal_argument_exception\",\"reason\":"
            + "\"Document contains at least one immense term\",\"caused_by\":{\"type\":"
            + "\"max_bytes_length_exceeded_exception\",\"reason\":\"at most 32766\"}}}}";
    answer = body -> items(GOOD, immense, error(429, "es_rejected_execution_exception", "queue"));
    Answer<Document> got = send(document("1"), document("2"), document("3"));
    assertEquals("2", got.refusals().get(0).element().id());
    assertEquals(
        "illegal_argument_exception: Document contains at least one immense term, caused by"
            + " max_bytes_length_exceeded_exception: at most 32766 (status 400)",
        got.refusals().get(0).words());
    assertEquals(List.of("3"), ids(got.again()));
    assertFalse(got.outage().orElseThrow().isLasting());
  }

  @ParameterizedTest
  @CsvSource({
    "429, es_rejected_execution_exception,   false",
    "503, unavailable_shards_exception,      false",
    "403, cluster_block_exception,           false",
    "403, security_exception,                true",
    "404, index_not_found_exception,         true",
    "400, index_closed_exception,            true",
    "400, validation_exception,              true",
  })
  void whatIsNotOfOneDocumentIsTriedAgain(int code, String type, boolean lasting) {
    answer = body -> items(error(code, type, "words"));
    Answer<Document> got = send(document("1"));
    assertEquals(List.of("1"), ids(got.again()));
    assertTrue(got.refusals().isEmpty());
    Outage outage = got.outage().orElseThrow();
    assertEquals(lasting, outage.isLasting());
    assertTrue(outage.words().contains("words"), outage.words());
  }

  @ParameterizedTest
  @CsvSource({"503, false", "429, false", "502, false", "401, true", "404, true", "400, true"})
  void aWholeRequestThatIsNotTakenIsTriedAgain(int code, boolean lasting) {
    status = code;
    answer = body -> "<html>who knows</html>";
    Answer<Document> got = send(document("1"), document("2"));
    assertEquals(List.of("1", "2"), ids(got.again()));
    assertEquals(lasting, got.outage().orElseThrow().isLasting());
    assertEquals(1, bodies.size());
  }

  /** An id is checked before anything is indexed, and one that is too long spoils the request. */
  @Test
  void theDocumentThatSpoilsARequestIsFoundByHalving() {
    answer =
        body -> {
          int documents = body.split("\n").length / 2;
          if (!body.contains("\"bad\"")) {
            status = 200;
            return items(Collections.nCopies(documents, GOOD).toArray(new String[0]));
          }
          status = 400;
          return "{\"error\":{\"type\":\"action_request_validation_exception\",\"reason\":"
              + "\"Validation Failed: 1: id is too long\"},\"status\":400}";
        };
    Document[] all = new Document[9];
    for (int i = 0; i < all.length; i++) {
      all[i] = document(i == 5 ? "bad" : String.valueOf(i));
    }
    Answer<Document> got = send(all);
    assertEquals(1, got.refusals().size());
    assertEquals("bad", got.refusals().get(0).element().id());
    assertTrue(got.refusals().get(0).words().contains("too long"));
    assertTrue(got.again().isEmpty());
  }

  @Test
  void aServerThatIsAwayIsAnOutage() {
    server.stop(0);
    Answer<Document> got = send(document("1"));
    assertEquals(List.of("1"), ids(got.again()));
    Outage outage = got.outage().orElseThrow();
    assertFalse(outage.isLasting());
    assertTrue(outage.words().startsWith("ConnectException"), outage.words());
  }

  /** A server that is frozen, or cut off, after each of these parts of an answer. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\n{\"errors\":false,",
      })
  void aServerThatFallsSilentIsAnOutage(String said) throws Exception {
    byte[] bytes = said.getBytes(StandardCharsets.US_ASCII);
    try (SilentServer frozen =
            new SilentServer(connection -> connection.getOutputStream().write(bytes));
        SearchClient impatient =
            new SearchClient(
                new SearchServer(URI.create("http://127.0.0.1:" + frozen.port()), "", null, null),
                "crimes",
                Duration.ofSeconds(1))) {
      Answer<Document> answer =
          impatient.send(List.of(document("1"))).get(ENOUGH_SECONDS, TimeUnit.SECONDS);
      assertEquals(List.of("1"), ids(answer.again()));
      assertFalse(answer.outage().orElseThrow().isLasting());
      String words = answer.outage().orElseThrow().words();
      assertTrue(words.startsWith("HttpTimeoutException"), words);
    }
  }

  @Test
  void whatIsNoElasticsearchIsSaid() {
    answer = body -> "{\"hello\":\"world\"}";
    Outage outage = send(document("1")).outage().orElseThrow();
    assertTrue(outage.isLasting());
    assertTrue(outage.remedy().contains("--elasticsearch-url"), outage.remedy());
  }

  private Answer<Document> send(Document... documents) {
    return client.send(List.of(documents)).join();
  }

  private static Document document(String id) {
    return new Document(id, 1, "{}".getBytes(StandardCharsets.UTF_8));
  }

  private static List<String> ids(List<Document> documents) {
    return documents.stream().map(Document::id).collect(Collectors.toList());
  }

  private static String items(String... items) {
    boolean errors = String.join("", items).contains("error");
    return "{\"errors\":" + errors + ",\"items\":[" + String.join(",", items) + "]}";
  }

  private static String error(int status, String type, String reason) {
    return String.format(
        "{\"index\":{\"status\":%d,\"error\":{\"type\":\"%s\",\"reason\":\"%s\"}}}",
        status, type, reason);
  }

  private synchronized void answer(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    bodies.add(body);
    paths.add(exchange.getRequestURI().toString());
    byte[] bytes = answer.apply(body).getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }
}
