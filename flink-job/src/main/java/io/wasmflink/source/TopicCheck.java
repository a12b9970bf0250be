package io.wasmflink.source;

import io.wasmflink.settings.JobSettings;
import io.wasmflink.settings.StartupException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks Kafka, before the job starts, whether its topics are there and keep what they hold. */
public final class TopicCheck {
  private static final Logger LOG = LoggerFactory.getLogger(TopicCheck.class);
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private TopicCheck() {}

  /**
   * Logs what is dangerous.
   *
   * @return how long the messages may be that the job sends
   * @throws StartupException where Kafka does not answer or a topic is missing
   */
  public static TopicLimits check(JobSettings settings) {
    Properties properties = new Properties();
    properties.putAll(settings.kafkaProperties());
    properties.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, settings.kafkaBootstrap());
    properties.put(
        AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, String.valueOf(PATIENCE.toMillis()));
    properties.put(
        AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, String.valueOf(PATIENCE.toMillis() / 3));
    try (Admin admin = Admin.create(properties)) {
      exists(admin, settings, settings.topic(), "--topic");
      if (!settings.discard()) {
        exists(admin, settings, settings.rejectedTopic(), "--rejected-topic");
        exists(admin, settings, settings.lateTopic(), "--late-topic");
      }
      warnings(settings, config(admin, settings, settings.topic())).forEach(LOG::warn);
      Map<String, Integer> limits = new HashMap<>();
      if (!settings.discard()) {
        for (String topic : List.of(settings.rejectedTopic(), settings.lateTopic())) {
          String limit = config(admin, settings, topic).get("max.message.bytes");
          if (limit != null) {
            limits.put(topic, Integer.parseInt(limit));
          }
        }
      }
      return new TopicLimits(limits);
    } catch (KafkaException e) {
      throw new StartupException(
          String.format("Kafka at %s can't be used: %s.", settings.kafkaBootstrap(), reason(e)), e);
    }
  }

  /** What is dangerous about a topic's settings, in sentences. */
  static List<String> warnings(JobSettings settings, Map<String, String> config) {
    List<String> warnings = new ArrayList<>();
    String topic = settings.topic();
    String policy = config.getOrDefault("cleanup.policy", "delete");
    String retention = config.getOrDefault("retention.ms", "-1");
    String stamps = config.getOrDefault("message.timestamp.type", "CreateTime");
    if (policy.contains("delete") && !retention.equals("-1") && stamps.equals("CreateTime")) {
      warnings.add(
          String.format(
              "Topic '%s' has retention.ms=%s. Kafka deletes by record timestamp, so records stamped"
                  + " with an event time longer ago than that vanish within minutes, read or not. Set"
                  + " retention.ms=-1 on it for data that is older.",
              topic, retention));
    }
    if (policy.contains("compact")) {
      warnings.add(
          String.format(
              "Topic '%s' has cleanup.policy=%s: of records with the same key only the last stays, so"
                  + " counts will be too low.",
              topic, policy));
    }
    if (stamps.equals("LogAppendTime") && settings.eventTime() == JobSettings.EventTime.KAFKA) {
      warnings.add(
          String.format(
              "Topic '%s' has message.timestamp.type=LogAppendTime: its timestamps say when records"
                  + " arrived, not when they happened. Run the job with --event-time payload.",
              topic));
    }
    return warnings;
  }

  private static void exists(Admin admin, JobSettings settings, String topic, String flag) {
    try {
      KafkaFuture<Map<String, TopicDescription>> description =
          admin.describeTopics(List.of(topic)).allTopicNames();
      description.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        throw new StartupException(
            String.format(
                "There is no topic '%s' (%s) on Kafka at %s. Create it first, with retention.ms=-1.",
                topic, flag, settings.kafkaBootstrap()),
            e);
      }
      throw unanswered(settings, e.getCause());
    } catch (TimeoutException e) {
      throw unanswered(settings, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unanswered(settings, e);
    }
  }

  private static Map<String, String> config(Admin admin, JobSettings settings, String topic) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    Map<String, String> values = new HashMap<>();
    try {
      Config config =
          admin
              .describeConfigs(List.of(resource))
              .all()
              .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
              .get(resource);
      for (ConfigEntry entry : config.entries()) {
        values.put(entry.name(), entry.value());
      }
    } catch (ExecutionException | TimeoutException e) {
      // A client may well read a topic and not see its settings; then there is nothing to warn of.
      LOG.info("The settings of topic '{}' can't be seen: {}", topic, reason(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unanswered(settings, e);
    }
    return values;
  }

  private static StartupException unanswered(JobSettings settings, Throwable cause) {
    return new StartupException(
        String.format(
            "Kafka at %s (--kafka-bootstrap) does not answer within %d s: %s. Is it running?",
            settings.kafkaBootstrap(), PATIENCE.toSeconds(), reason(cause)),
        cause);
  }

  private static String reason(Throwable e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }
}
