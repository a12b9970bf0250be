package io.wasmflink.sink;

import io.wasmflink.settings.StartupException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Prepares the search index: its template, and the index itself with the decoder's mapping. */
public final class IndexTemplate {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int LONGEST_REASON = 500;

  private final HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
  private final URI url;

  public IndexTemplate(URI url) {
    this.url = url;
  }

  /** The URL of a setting, or a sentence. */
  public static URI url(String text) {
    try {
      URI url = URI.create(text);
      if (url.getHost() != null
          && ("http".equals(url.getScheme()) || "https".equals(url.getScheme()))) {
        return url;
      }
    } catch (IllegalArgumentException e) {
      // the sentence below says it
    }
    throw new StartupException(
        "--elasticsearch-url is '" + text + "', but must be like http://localhost:9200.");
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
    String base = url.toString();
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create(
                    (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + path))
            .timeout(PATIENCE)
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofString());
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
