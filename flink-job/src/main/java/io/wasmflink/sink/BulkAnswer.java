package io.wasmflink.sink;

import io.wasmflink.ingest.Document;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonProcessingException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

/** What Elasticsearch says to a bulk request: about the whole of it, or about each document. */
final class BulkAnswer {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final int OK = 200;
  private static final int BAD_REQUEST = 400;
  private static final int CONFLICT = 409;
  private static final int TOO_LARGE = 413;
  private static final int TOO_MANY = 429;
  private static final int LONGEST_WORDS = 2_000;

  /** Of a whole request that can't be taken because of what is in one of its lines. */
  private static final Set<String> OF_A_LINE =
      Set.of(
          "action_request_validation_exception",
          "illegal_argument_exception",
          "parse_exception",
          "x_content_parse_exception",
          "json_parse_exception");

  /** With status 400, but of the index and not of a document. */
  private static final Set<String> OF_THE_INDEX =
      Set.of("index_closed_exception", "validation_exception", "invalid_index_name_exception");

  /** With status 403, and gone by itself when the disk has room again. */
  private static final String BLOCK = "cluster_block_exception";

  private BulkAnswer() {}

  /** Whether a smaller request may be taken, at least in part. */
  static boolean isForItsParts(int status, String body) {
    return status == TOO_LARGE
        || status == BAD_REQUEST && OF_A_LINE.contains(error(body).path("type").asText());
  }

  /** Words on a request that was refused as a whole. */
  static String words(int status, String body) {
    JsonNode error = error(body);
    return error.isMissingNode() || !error.isObject()
        ? "status " + status + " " + shortened(body)
        : words(status, error);
  }

  /** A request that was not taken, for a reason that lies outside of it. */
  static Outage outage(int status, String body) {
    return outage(status, error(body).path("type").asText(), words(status, body));
  }

  /** What became of each document of a request that was taken. */
  static Answer<Document> of(List<Document> documents, String body) {
    JsonNode answer;
    try {
      answer = JSON.readTree(body);
    } catch (JsonProcessingException e) {
      return Answer.unfinished(documents, noBulkAnswer(body), List.of());
    }
    JsonNode items = answer.path("items");
    if (items.size() != documents.size()) {
      return Answer.unfinished(documents, noBulkAnswer(body), List.of());
    }
    if (!answer.path("errors").asBoolean(true)) {
      return Answer.written(List.of());
    }
    List<Document> again = new ArrayList<>();
    List<Answer.Refusal<Document>> refusals = new ArrayList<>();
    Outage outage = null;
    for (int i = 0; i < items.size(); i++) {
      JsonNode item = items.get(i).elements().next();
      int status = item.path("status").asInt();
      if (status / 100 == 2 || status == CONFLICT) {
        // a conflict: the index has a newer version already
        continue;
      }
      JsonNode error = item.path("error");
      String type = error.path("type").asText();
      if (status == BAD_REQUEST && !OF_THE_INDEX.contains(type)) {
        refusals.add(new Answer.Refusal<>(documents.get(i), words(status, error)));
      } else {
        again.add(documents.get(i));
        if (outage == null || !outage.isLasting()) {
          outage = outage(status, type, words(status, error));
        }
      }
    }
    return outage == null ? Answer.written(refusals) : Answer.unfinished(again, outage, refusals);
  }

  private static Outage noBulkAnswer(String body) {
    return Outage.lasting(
        "what answers there is no answer to a bulk request: " + shortened(body),
        "See that --elasticsearch-url is the address of Elasticsearch.");
  }

  private static Outage outage(int status, String type, String words) {
    if (status == TOO_MANY || status >= 500 || type.equals(BLOCK)) {
      return Outage.passing(words);
    }
    if (status == 401 || status == 403) {
      return Outage.lasting(words, "Let the job write to the index (user, password, API key).");
    }
    return Outage.lasting(words, "See that the index is there, open, and may be written.");
  }

  private static JsonNode error(String body) {
    try {
      return JSON.readTree(body).path("error");
    } catch (JsonProcessingException e) {
      return JSON.missingNode();
    }
  }

  /** The reason with the reasons behind it: the last is often the one that says something. */
  private static String words(int status, JsonNode error) {
    StringBuilder words = new StringBuilder();
    for (JsonNode one = error; one.isObject(); one = one.path("caused_by")) {
      words
          .append(words.length() == 0 ? "" : ", caused by ")
          .append(one.path("type").asText())
          .append(": ")
          .append(one.path("reason").asText());
    }
    return shortened(words.append(" (status ").append(status).append(')').toString());
  }

  private static String shortened(String text) {
    return text.length() > LONGEST_WORDS ? text.substring(0, LONGEST_WORDS) : text;
  }
}
