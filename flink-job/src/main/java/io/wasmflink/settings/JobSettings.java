package io.wasmflink.settings;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** The settings of one run of the job, checked. */
public final class JobSettings {
  /** Where reading starts when there is no savepoint. */
  public enum Start {
    EARLIEST,
    LATEST,
    COMMITTED
  }

  /** Where event time comes from. */
  public enum EventTime {
    KAFKA,
    PAYLOAD
  }

  /** How sliding windows are made. */
  public enum Windows {
    /** Put together from slices. */
    SLICES,
    /** By Flink's own operator. */
    FLINK
  }

  private static final int MAX_BATCH_SIZE = 65_536;

  private final Sources sources;
  private final Map<String, String> environment;

  private JobSettings(Sources sources, Map<String, String> environment) {
    this.sources = sources;
    this.environment = environment;
  }

  /**
   * @throws StartupException with a sentence where a setting is unknown, missing or wrong
   */
  public static JobSettings parse(String[] arguments, Map<String, String> environment) {
    JobSettings settings = new JobSettings(Sources.read(arguments, environment), environment);
    if (!settings.help()) {
      settings.check();
    }
    return settings;
  }

  /** What {@code --help} prints. */
  public static String helpText() {
    return Help.text();
  }

  public boolean help() {
    return flag(Setting.HELP);
  }

  public String kafkaBootstrap() {
    return required(Setting.KAFKA_BOOTSTRAP);
  }

  /** Further properties of Kafka's clients, as in {@code security.protocol}. May hold secrets. */
  public SortedMap<String, String> kafkaProperties() {
    return sources.kafka();
  }

  public String topic() {
    return required(Setting.TOPIC);
  }

  public String rejectedTopic() {
    return sources.get(Setting.REJECTED_TOPIC).orElseGet(() -> topic() + ".rejected");
  }

  public String lateTopic() {
    return sources.get(Setting.LATE_TOPIC).orElseGet(() -> topic() + ".late");
  }

  public String groupId() {
    return required(Setting.GROUP_ID);
  }

  public Start start() {
    return choice(Setting.START, Start.class);
  }

  public boolean bounded() {
    return flag(Setting.BOUNDED);
  }

  public EventTime eventTime() {
    return choice(Setting.EVENT_TIME, EventTime.class);
  }

  public Windows windows() {
    return choice(Setting.WINDOWS, Windows.class);
  }

  public Duration outOfOrderness() {
    return duration(Setting.OUT_OF_ORDERNESS);
  }

  /** Zero for no limit. */
  public Duration maxAhead() {
    return duration(Setting.MAX_AHEAD);
  }

  /** Zero for never. */
  public Duration idleness() {
    return duration(Setting.IDLENESS);
  }

  public String decoder() {
    return required(Setting.DECODER);
  }

  /** Paths of the aggregates by their names, without those that were left out. */
  public SortedMap<String, String> aggregates() {
    SortedMap<String, String> aggregates = new TreeMap<>(sources.named(Setting.AGGREGATE));
    aggregates.values().removeIf(String::isEmpty);
    return aggregates;
  }

  public String table(String aggregate) {
    String table = sources.named(Setting.TABLE).get(aggregate);
    if (table == null || table.isEmpty()) {
      throw new StartupException(
          String.format(
              "Aggregate '%1$s' has no table: give --table %1$s=TABLE, or leave it out with"
                  + " --aggregate %1$s= .",
              aggregate));
    }
    return table;
  }

  /** The settings that the user gave for one component. */
  public SortedMap<String, String> componentSettings(String component) {
    SortedMap<String, String> settings = new TreeMap<>();
    sources
        .named(Setting.SET)
        .forEach(
            (name, value) -> {
              if (name.startsWith(component + ".")) {
                settings.put(name.substring(component.length() + 1), value);
              }
            });
    return settings;
  }

  public int batchSize() {
    return number(Setting.BATCH_SIZE, 1, MAX_BATCH_SIZE);
  }

  public Duration batchTimeout() {
    return duration(Setting.BATCH_TIMEOUT);
  }

  /** The cluster's default where it is empty. */
  public OptionalInt parallelism() {
    return sources.get(Setting.PARALLELISM).isPresent()
        ? OptionalInt.of(number(Setting.PARALLELISM, 1, 32_768))
        : OptionalInt.empty();
  }

  public Duration checkpointInterval() {
    return duration(Setting.CHECKPOINT_INTERVAL);
  }

  public Duration restartDelay() {
    return duration(Setting.RESTART_DELAY);
  }

  public Duration restartMaxDelay() {
    return duration(Setting.RESTART_MAX_DELAY);
  }

  public Duration restartReset() {
    return duration(Setting.RESTART_RESET);
  }

  public String postgresUrl() {
    Optional<String> given = sources.get(Setting.POSTGRES_URL);
    if (given.isPresent()) {
      return given.get();
    }
    String host = environment.getOrDefault("PGHOST", "");
    if (host.isEmpty()) {
      throw new StartupException(
          "Postgres is not given: use --postgres-url jdbc:postgresql://HOST:PORT/DATABASE, or set"
              + " PGHOST, PGPORT and PGDATABASE.");
    }
    return "jdbc:postgresql://"
        + host
        + ":"
        + environment.getOrDefault("PGPORT", "5432")
        + "/"
        + environment.getOrDefault("PGDATABASE", postgresUser());
  }

  public String postgresUser() {
    return required(Setting.POSTGRES_USER);
  }

  /** Checked: this machine can read it. */
  public Secret postgresPassword() {
    return secret(Setting.POSTGRES_PASSWORD_FILE, "PGPASSWORD").orElse(Secret.of(""));
  }

  /** Empty where no documents are wanted. */
  public Optional<String> elasticsearchUrl() {
    return sources.get(Setting.ELASTICSEARCH_URL);
  }

  public Optional<String> elasticsearchUser() {
    return sources.get(Setting.ELASTICSEARCH_USER);
  }

  /** The user's password, or an API key where there is no user. */
  public Optional<Secret> elasticsearchSecret() {
    Optional<Secret> key = secret(Setting.ELASTICSEARCH_API_KEY_FILE, "ES_API_KEY");
    if (elasticsearchUser().isEmpty()) {
      return key;
    }
    if (key.isPresent()) {
      throw new StartupException(
          "Elasticsearch takes a user (--elasticsearch-user, ES_USER) or an API key"
              + " (--elasticsearch-api-key-file, ES_API_KEY), not both.");
    }
    return Optional.of(
        secret(Setting.ELASTICSEARCH_PASSWORD_FILE, "ES_PASSWORD")
            .orElseThrow(
                () ->
                    new StartupException(
                        "The password of --elasticsearch-user is missing: give"
                            + " --elasticsearch-password-file FILE or set ES_PASSWORD.")));
  }

  /** File with certificates in PEM form. */
  public Optional<String> elasticsearchAuthority() {
    return sources.get(Setting.ELASTICSEARCH_CA);
  }

  private Optional<Secret> secret(Setting file, String variable) {
    Optional<String> path = sources.get(file);
    if (path.isEmpty()) {
      return Optional.ofNullable(environment.get(variable))
          .filter(value -> !value.isEmpty())
          .map(Secret::of);
    }
    Secret secret = Secret.inFile(path.get());
    try {
      secret.read();
    } catch (IOException e) {
      throw new StartupException(
          String.format(
              "The file %s (%s) can't be read: %s.", path.get(), file.flag(), FileErrors.reason(e)),
          e);
    }
    return Optional.of(secret);
  }

  public String index() {
    return required(Setting.INDEX);
  }

  public boolean discard() {
    return flag(Setting.DISCARD);
  }

  /** Reads every setting once, so that a mistake is found before anything starts. */
  private void check() {
    kafkaBootstrap();
    topic();
    groupId();
    start();
    eventTime();
    windows();
    outOfOrderness();
    maxAhead();
    idleness();
    parallelism();
    positive(Setting.CHECKPOINT_INTERVAL, checkpointInterval());
    positive(Setting.RESTART_DELAY, restartDelay());
    atLeast(Setting.RESTART_MAX_DELAY, restartMaxDelay(), restartDelay());
    atLeast(Setting.RESTART_RESET, restartReset(), restartMaxDelay());
    bounded();
    if (discard()) {
      return;
    }
    rejectedTopic();
    lateTopic();
    decoder();
    batchSize();
    positive(Setting.BATCH_TIMEOUT, batchTimeout());
    for (String name : sources.named(Setting.SET).keySet()) {
      String component = name.contains(".") ? name.substring(0, name.indexOf('.')) : "";
      if (!component.equals("decoder") && !aggregates().containsKey(component)) {
        throw new StartupException(
            String.format(
                "--set %s names no component of this job: it takes COMPONENT.SETTING=VALUE with"
                    + " COMPONENT one of decoder%s.",
                name,
                aggregates().isEmpty() ? "" : ", " + String.join(", ", aggregates().keySet())));
      }
    }
    if (!aggregates().isEmpty()) {
      aggregates().keySet().forEach(this::table);
      postgresUrl();
      postgresUser();
      postgresPassword();
    }
    index();
    elasticsearchSecret();
  }

  private boolean flag(Setting setting) {
    return sources
        .get(setting)
        .map(
            value -> {
              if (!value.equals("true") && !value.equals("false")) {
                throw wrong(setting, value, "true or false");
              }
              return value.equals("true");
            })
        .orElse(false);
  }

  private String required(Setting setting) {
    return sources
        .get(setting)
        .orElseThrow(
            () ->
                new StartupException(
                    String.format(
                        "%s is missing (%s): give %s %s or set %s.",
                        setting.flag(),
                        setting.description(),
                        setting.flag(),
                        setting.argument(),
                        String.join(" or ", setting.variables()))));
  }

  private Duration duration(Setting setting) {
    return parsed(setting, Durations::parse);
  }

  private static void positive(Setting setting, Duration duration) {
    if (duration.isZero()) {
      throw wrong(setting, "0", "a duration above zero");
    }
  }

  private static void atLeast(Setting setting, Duration duration, Duration least) {
    if (duration.compareTo(least) < 0) {
      throw wrong(setting, duration.toMillis() + "ms", "at least " + least.toMillis() + "ms");
    }
  }

  private int number(Setting setting, int least, int greatest) {
    String allowed = "a whole number from " + least + " to " + greatest;
    return parsed(
        setting,
        text -> {
          try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= greatest) {
              return number;
            }
          } catch (NumberFormatException e) {
            // falls through to the sentence that a number out of range gets
          }
          throw new IllegalArgumentException(allowed);
        });
  }

  private <E extends Enum<E>> E choice(Setting setting, Class<E> type) {
    return parsed(
        setting,
        text -> {
          for (E choice : type.getEnumConstants()) {
            if (choice.name().toLowerCase(Locale.ROOT).equals(text)) {
              return choice;
            }
          }
          throw new IllegalArgumentException("one of " + setting.argument().replace("|", ", "));
        });
  }

  private <T> T parsed(Setting setting, Function<String, T> parser) {
    String text = required(setting);
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException e) {
      throw wrong(setting, text, e.getMessage());
    }
  }

  private static StartupException wrong(Setting setting, String found, String allowed) {
    return new StartupException(
        String.format("%s is '%s', but must be %s.", setting.flag(), found, allowed));
  }
}
