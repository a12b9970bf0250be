package io.wasmflink.sink;

import io.wasmflink.settings.StartupException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.NoSuchFileException;
import java.time.Duration;

/** Prepares the search index: its template, and the index itself with the decoder's mapping. */
public final class IndexTemplate {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int LONGEST_REASON = 500;

  private final SearchServer server;
  private final HttpClient client;
  private final URI url;

  public IndexTemplate(SearchServer server) {
    this.server = server;
    this.client = server.client();
    this.url = server.url();
  }

  /**
   * Puts the template, makes the index where there is none, and puts the mapping where there is one
   * already, which fails where they contradict each other.
   *
   * @param mapping a JSON object: the value of {@code mappings}
   */
  public void put(String index, String mapping) {
    String settings = "{\"auto_expand_replicas\":\"0-1\"}";
    String template = "{\"settings\":" + settings + ",\"mappings\":" + mapping + "}";
    expect(
        "put the index template",
        send(
            "PUT",
            "/_index_template/" + index,
            "{\"index_patterns\":[\"" + index + "\"],\"template\":" + template + "}"));
    HttpResponse<String> created = send("PUT", "/" + index, template);
    if (created.statusCode() == 400 && created.body().contains("resource_already_exists")) {
      expect("reconcile index '" + index + "'", send("PUT", "/" + index + "/_mapping", mapping));
    } else {
      expect("make index '" + index + "'", created);
    }
  }

  private void expect(String what, HttpResponse<String> response) {
    if (response.statusCode() / 100 != 2) {
      String reason = response.body();
      throw new StartupException(
          String.format(
              "Elasticsearch at %s does not %s with the decoder's mapping: status %d, %s",
              url,
              what,
              response.statusCode(),
              reason.substring(0, Math.min(LONGEST_REASON, reason.length()))));
    }
  }

  private HttpResponse<String> send(String method, String path, String body) {
    try {
      HttpRequest request =
          server
              .request(path)
              .timeout(PATIENCE)
              .header("Content-Type", "application/json")
              .method(method, HttpRequest.BodyPublishers.ofString(body))
              .build();
      return client.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (NoSuchFileException e) {
      throw new StartupException(
          "There is no file " + e.getMessage() + " with the secret for Elasticsearch.", e);
    } catch (IOException e) {
      throw new StartupException(
          String.format(
              "Elasticsearch at %s does not answer (%s). Is it running? Without --elasticsearch-url"
                  + " and ES_URL the job leaves the documents out.",
              url, e.getClass().getSimpleName()),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartupException("Interrupted while asking Elasticsearch at " + url + ".", e);
    }
  }
}
