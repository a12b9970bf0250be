package io.wasmflink.source;

import java.util.Map;

/** How long a message a topic takes, as its broker says. */
public final class TopicLimits {
  /** Kafka's own default. */
  static final int DEFAULT_MAX_MESSAGE_BYTES = 1_048_588;

  private final Map<String, Integer> maxMessageBytes;

  TopicLimits(Map<String, Integer> maxMessageBytes) {
    this.maxMessageBytes = Map.copyOf(maxMessageBytes);
  }

  /** In bytes; Kafka's default where the broker did not say. */
  public int maxMessageBytes(String topic) {
    return maxMessageBytes.getOrDefault(topic, DEFAULT_MAX_MESSAGE_BYTES);
  }
}
