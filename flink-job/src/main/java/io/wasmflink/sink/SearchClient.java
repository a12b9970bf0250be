package io.wasmflink.sink;

import io.wasmflink.ingest.Document;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLHandshakeException;

/** Bulk requests. One that is refused as a whole for a document's sake is sent again in halves. */
final class SearchClient implements Client<Document> {
  private static final Duration ANSWER = Duration.ofSeconds(60);

  private final SearchServer server;
  private final Duration patience;
  private final String path;
  private final HttpClient http;
  private final Set<CompletableFuture<?>> underWay = ConcurrentHashMap.newKeySet();

  SearchClient(SearchServer server, String index) {
    this(server, index, ANSWER);
  }

  /**
   * @param patience after so long without the whole answer the request is given up
   */
  SearchClient(SearchServer server, String index, Duration patience) {
    this.server = server;
    this.patience = patience;
    this.path = "/" + index + "/_bulk?filter_path=error,errors,items.*.status,items.*.error";
    this.http = server.client();
  }

  @Override
  public CompletableFuture<Answer<Document>> send(List<Document> documents) {
    HttpRequest request;
    try {
      request =
          server
              .request(path)
              .timeout(patience)
              .header("Content-Type", "application/x-ndjson")
              .POST(HttpRequest.BodyPublishers.ofByteArray(BulkBody.of(documents)))
              .build();
    } catch (IOException e) {
      return CompletableFuture.completedFuture(
          Answer.unfinished(
              documents,
              Outage.lasting(e.toString(), "Make the secret's file readable on this machine."),
              List.of()));
    }
    CompletableFuture<HttpResponse<String>> sent =
        http.sendAsync(request, HttpResponse.BodyHandlers.ofString());
    underWay.add(sent);
    // the client's own timeout ends with the head of the answer: a server may fall silent after it
    return sent.copy()
        .orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS)
        .handle(
            (response, fault) -> {
              underWay.remove(sent);
              sent.cancel(true);
              return fault == null ? read(documents, response) : away(documents, fault);
            })
        .thenCompose(answer -> answer);
  }

  @Override
  public void close() {
    underWay.forEach(request -> request.cancel(true));
  }

  private CompletableFuture<Answer<Document>> read(
      List<Document> documents, HttpResponse<String> response) {
    int status = response.statusCode();
    if (status / 100 == 2) {
      return CompletableFuture.completedFuture(BulkAnswer.of(documents, response.body()));
    }
    if (!BulkAnswer.isForItsParts(status, response.body())) {
      return CompletableFuture.completedFuture(
          Answer.unfinished(documents, BulkAnswer.outage(status, response.body()), List.of()));
    }
    if (documents.size() == 1) {
      return CompletableFuture.completedFuture(
          Answer.written(
              List.of(
                  new Answer.Refusal<>(
                      documents.get(0), BulkAnswer.words(status, response.body())))));
    }
    int half = documents.size() / 2;
    return send(documents.subList(0, half))
        .thenCombine(send(documents.subList(half, documents.size())), SearchClient::both);
  }

  private static Answer<Document> both(Answer<Document> first, Answer<Document> second) {
    List<Answer.Refusal<Document>> refusals = new ArrayList<>(first.refusals());
    refusals.addAll(second.refusals());
    List<Document> again = new ArrayList<>(first.again());
    again.addAll(second.again());
    return first
        .outage()
        .or(second::outage)
        .map(outage -> Answer.unfinished(again, outage, refusals))
        .orElse(Answer.written(refusals));
  }

  /** Refused, reset, silent for too long: it may be there again later. */
  private static CompletableFuture<Answer<Document>> away(
      List<Document> documents, Throwable fault) {
    Throwable cause = fault instanceof CompletionException ? fault.getCause() : fault;
    if (cause instanceof TimeoutException) {
      cause = new HttpTimeoutException("the answer does not end");
    }
    if (!(cause instanceof IOException)) {
      return CompletableFuture.failedFuture(cause);
    }
    String message = cause.getMessage();
    String kind = cause.getClass().getSimpleName();
    String words = message == null ? kind : kind + ": " + message;
    Outage outage =
        cause instanceof SSLHandshakeException
            ? Outage.lasting(
                words, "Give the certificate of its authority with --elasticsearch-ca.")
            : Outage.passing(words);
    return CompletableFuture.completedFuture(Answer.unfinished(documents, outage, List.of()));
  }
}
