package io.wasmflink.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.wasmflink.settings.StartupException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is asked of the index, and what is made of its answers. */
class IndexTemplateTest {
  private static final String MAPPING = "{\"properties\":{\"location\":{\"type\":\"geo_point\"}}}";
  private static final String EXISTS =
      "{\"error\":{\"type\":\"resource_already_exists_exception\"}}";

  private final List<String> requests = new ArrayList<>();
  private final Map<String, Integer> statuses = new ConcurrentHashMap<>();
  private final Map<String, String> bodies = new ConcurrentHashMap<>();
  private HttpServer server;
  private URI url;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/search/");
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void templateAndIndexAreMadeWithTheMapping() {
    template().put("crimes", MAPPING);
    assertEquals(2, requests.size());
    assertTrue(requests.get(0).startsWith("PUT /search/_index_template/crimes "), requests.get(0));
    assertTrue(requests.get(0).contains("\"index_patterns\":[\"crimes\"]"), requests.get(0));
    assertTrue(requests.get(0).contains("\"mappings\":" + MAPPING), requests.get(0));
    assertTrue(requests.get(1).startsWith("PUT /search/crimes {\"settings\""), requests.get(1));
    assertTrue(requests.get(1).contains("\"mappings\":" + MAPPING), requests.get(1));
  }

  @Test
  void anIndexThatIsThereGetsTheMapping() {
    respond("/search/crimes", 400, EXISTS);
    template().put("crimes", MAPPING);
    assertEquals("PUT /search/crimes/_mapping " + MAPPING, requests.get(2));
  }

  @Test
  void anIndexThatContradictsTheMappingIsSaidWithItsReason() {
    respond("/search/crimes", 400, EXISTS);
    respond("/search/crimes/_mapping", 400, "cannot change from [text] to [geo_point]");
    assertEquals(
        "Elasticsearch at "
            + url
            + " does not reconcile index 'crimes' with the decoder's mapping: status 400,"
            + " cannot change from [text] to [geo_point]",
        refusal());
  }

  @Test
  void aRefusedTemplateEndsTheStartAndItsReasonIsCut() {
    respond("/search/_index_template/crimes", 403, "x".repeat(5_000));
    String message = refusal();
    assertTrue(message.contains("does not put the index template"), message);
    assertTrue(message.contains("status 403"), message);
    assertTrue(message.length() < 700, "it has " + message.length() + " characters");
    assertEquals(1, requests.size());
  }

  @Test
  void aServerThatIsNotThereIsSaidWithWhatToDo() {
    server.stop(0);
    String message = refusal();
    assertTrue(message.startsWith("Elasticsearch at " + url + " does not answer"), message);
    assertTrue(message.contains("Is it running? Without --elasticsearch-url"), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost:9200", "ftp://localhost", "http://", "http:// x", "es"})
  void whatIsNoUrlIsRefused(String text) {
    assertEquals(
        "--elasticsearch-url is '" + text + "', but must be like http://localhost:9200.",
        assertThrows(StartupException.class, () -> SearchServer.parse(text)).getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://localhost:9200", "https://es.example.org/path"})
  void urlsAreTaken(String text) {
    assertEquals(URI.create(text), SearchServer.parse(text));
  }

  private IndexTemplate template() {
    return new IndexTemplate(new SearchServer(url, "", null, null));
  }

  private String refusal() {
    IndexTemplate template = template();
    return assertThrows(StartupException.class, () -> template.put("crimes", MAPPING)).getMessage();
  }

  private void respond(String path, int status, String body) {
    statuses.put(path, status);
    bodies.put(path, body);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    requests.add(exchange.getRequestMethod() + " " + path + " " + body);
    byte[] answer = bodies.getOrDefault(path, "{}").getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(statuses.getOrDefault(path, 200), answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
  }
}
