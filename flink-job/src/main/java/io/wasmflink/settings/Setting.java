package io.wasmflink.settings;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Every setting of the job, in the order in which {@code --help} shows them. */
enum Setting {
  // What is read
  KAFKA_BOOTSTRAP(Group.KAFKA, "HOST:PORT[,..]", "Kafka's bootstrap servers", "KAFKA_BOOTSTRAP"),
  TOPIC(Group.KAFKA, "TOPIC", "topic of raw records to read"),
  REJECTED_TOPIC(
      Group.KAFKA,
      "TOPIC",
      "where records go that the decoder refuses, with the reason [the topic's name and .rejected]"),
  LATE_TOPIC(
      Group.KAFKA,
      "TOPIC",
      "where records go whose windows are already over [the topic's name and .late]"),
  GROUP_ID(Group.KAFKA, "NAME", "consumer group under which read positions are published"),
  START(
      Group.KAFKA,
      "earliest|latest|committed",
      "where to start without a savepoint; committed goes on where the group stopped"),
  BOUNDED(
      Group.KAFKA,
      "",
      "read to the topic's present end, close every window and stop (replay, backfill)"),
  // Event time
  EVENT_TIME(
      Group.TIME,
      "kafka|payload",
      "take event time from the Kafka record timestamp, or ask the decoder (for producers that do"
          + " not stamp event time)"),
  OUT_OF_ORDERNESS(
      Group.TIME, "DURATION", "how far behind the newest record of a partition one may be"),
  MAX_AHEAD(
      Group.TIME,
      "DURATION",
      "a record further ahead of its partition does not move the watermark, until ten in a row"
          + " are; 0 for no limit"),
  IDLENESS(
      Group.TIME,
      "DURATION",
      "a partition that is read to its end and stays so for so long no longer holds back the"
          + " others; 0 for never. Not used with --bounded"),
  // Components
  DECODER(Group.COMPONENTS, "PATH", "component that turns raw values into events"),
  AGGREGATE(
      Group.COMPONENTS,
      "NAME=PATH",
      "component that aggregates events over windows; repeatable; an empty PATH leaves NAME out"),
  TABLE(
      Group.COMPONENTS, "NAME=TABLE", "Postgres table for the rows of aggregate NAME; repeatable"),
  SET(
      Group.COMPONENTS,
      "COMPONENT.SETTING=VALUE",
      "setting of a component (decoder, or an aggregate's NAME); repeatable"),
  WINDOWS(
      Group.COMPONENTS,
      "slices|flink",
      "how sliding windows are made: put together from slices, which is faster, or by Flink's own"
          + " operator; the rows are the same"),
  BATCH_SIZE(Group.COMPONENTS, "N", "records in one component call, 1 to 65536"),
  BATCH_TIMEOUT(Group.COMPONENTS, "DURATION", "longest time that a record waits for its batch"),
  // Sinks
  POSTGRES_URL(
      Group.SINKS,
      "jdbc:postgresql://..",
      "Postgres; without it, made from PGHOST, PGPORT and PGDATABASE"),
  POSTGRES_USER(Group.SINKS, "NAME", "role that writes the tables", "PGUSER"),
  POSTGRES_PASSWORD_FILE(
      Group.SINKS,
      "FILE",
      "file with that role's password, on each machine of the cluster; without it, PGPASSWORD is"
          + " used, and the job carries it"),
  ELASTICSEARCH_URL(
      Group.SINKS, "URL", "Elasticsearch 7; empty leaves the documents out", "ES_URL"),
  ELASTICSEARCH_USER(Group.SINKS, "NAME", "user that writes the documents", "ES_USER"),
  ELASTICSEARCH_PASSWORD_FILE(
      Group.SINKS,
      "FILE",
      "file with that user's password, on each machine; without it, ES_PASSWORD is used"),
  ELASTICSEARCH_API_KEY_FILE(
      Group.SINKS,
      "FILE",
      "file with an API key (base64) instead of a user, on each machine; or ES_API_KEY"),
  ELASTICSEARCH_CA(
      Group.SINKS,
      "FILE",
      "PEM file with the certificates of https that are trusted; Java's own else",
      "ES_CA"),
  INDEX(Group.SINKS, "NAME", "index for the documents"),
  DISCARD(Group.SINKS, "", "for benchmarks: read the topic, do nothing with it"),
  // Flink
  PARALLELISM(Group.FLINK, "N", "parallel instances of each operator; the cluster's default else"),
  CHECKPOINT_INTERVAL(Group.FLINK, "DURATION", "time between two checkpoints"),
  RESTART_DELAY(
      Group.FLINK,
      "DURATION",
      "time before the first restart; each that follows waits twice as long"),
  RESTART_MAX_DELAY(Group.FLINK, "DURATION", "longest time before a restart; there is no last one"),
  RESTART_RESET(Group.FLINK, "DURATION", "after so long without a failure, waiting begins anew"),
  // This text and the file
  CONFIG(Group.GENERAL, "FILE", "properties file with any of these settings as key=value"),
  HELP(Group.GENERAL, "", "show this text");

  /** Headings of the help text. */
  enum Group {
    KAFKA("Kafka"),
    TIME("Event time"),
    COMPONENTS("Components"),
    SINKS("Postgres and Elasticsearch"),
    FLINK("Flink"),
    GENERAL("General");

    final String title;

    Group(String title) {
      this.title = title;
    }
  }

  private final Group group;
  private final String argument;
  private final String description;
  private final List<String> otherVariables;

  Setting(Group group, String argument, String description, String... otherVariables) {
    this.group = group;
    this.argument = argument;
    this.description = description;
    this.otherVariables = List.of(otherVariables);
  }

  Group group() {
    return group;
  }

  /** What the flag's value looks like; empty for a switch. */
  String argument() {
    return argument;
  }

  String description() {
    return description;
  }

  /** A switch is given or not; it takes no value on the command line. */
  boolean isSwitch() {
    return argument.isEmpty();
  }

  /** Settings of the form NAME=VALUE, of which there can be many. */
  boolean isNamed() {
    return this == AGGREGATE || this == TABLE || this == SET;
  }

  /** The key in a properties file, and the flag without its dashes. */
  String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  String flag() {
    return "--" + key();
  }

  /** Environment variables, the first one that is set counts. */
  List<String> variables() {
    java.util.ArrayList<String> variables = new java.util.ArrayList<>();
    variables.add("JOB_" + name());
    variables.addAll(otherVariables);
    return variables;
  }

  static Optional<Setting> ofKey(String key) {
    for (Setting setting : values()) {
      if (setting.key().equals(key)) {
        return Optional.of(setting);
      }
    }
    return Optional.empty();
  }
}
