package io.wasmflink.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobSettingsTest {
  private static final Map<String, String> SERVERS =
      Map.of(
          "KAFKA_BOOTSTRAP", "localhost:1",
          "PGHOST", "localhost",
          "PGPORT", "2",
          "PGDATABASE", "base",
          "PGUSER", "writer",
          "PGPASSWORD", "from-environment");

  @TempDir Path directory;

  private static JobSettings parse(String... arguments) {
    return JobSettings.parse(arguments, SERVERS);
  }

  private static String refusal(Map<String, String> environment, String... arguments) {
    return assertThrows(StartupException.class, () -> JobSettings.parse(arguments, environment))
        .getMessage();
  }

  private static String refusal(String... arguments) {
    return refusal(SERVERS, arguments);
  }

  @Test
  void defaultsAreEnoughWhereTheServersAreKnown() {
    JobSettings settings = parse();
    assertEquals("crime", settings.topic());
    assertEquals(1024, settings.batchSize());
    assertEquals(Duration.ofMillis(20), settings.batchTimeout());
    assertEquals(Duration.ofMinutes(1), settings.outOfOrderness());
    assertEquals(Duration.ofSeconds(10), settings.checkpointInterval());
    assertEquals(JobSettings.Start.EARLIEST, settings.start());
    assertEquals(JobSettings.EventTime.KAFKA, settings.eventTime());
    assertEquals(Set.of("totals", "anomaly"), settings.aggregates().keySet());
    assertEquals("crime_per_district_day", settings.table("totals"));
    assertEquals("jdbc:postgresql://localhost:2/base", settings.postgresUrl());
    assertFalse(settings.bounded());
    assertTrue(settings.elasticsearchUrl().isEmpty());
    assertTrue(settings.parallelism().isEmpty());
  }

  @Test
  void flagsCountMoreThanEnvironmentMoreThanFile() throws IOException {
    Path file =
        Files.writeString(
            directory.resolve("job.properties"), "batch-size=3\ntopic=file\nindex=file\n");
    Map<String, String> environment = new HashMap<>(SERVERS);
    environment.put("JOB_BATCH_SIZE", "2");
    environment.put("JOB_TOPIC", "environment");
    JobSettings settings =
        JobSettings.parse(
            new String[] {"--config", file.toString(), "--batch-size=1"}, environment);
    assertEquals(1, settings.batchSize());
    assertEquals("environment", settings.topic());
    assertEquals("file", settings.index());
    assertEquals("environment.late", settings.lateTopic());
  }

  /** As `crimes topics create --topic` makes them. */
  @Test
  void deadLettersGoBesideTheirTopicUnlessToldOtherwise() {
    assertEquals("crime.rejected", parse().rejectedTopic());
    assertEquals("crime.late", parse().lateTopic());
    assertEquals("x.rejected", parse("--topic", "x").rejectedTopic());
    assertEquals("x.late", parse("--topic", "x").lateTopic());
    JobSettings settings = parse("--topic", "x", "--rejected-topic", "y", "--late-topic", "z");
    assertEquals("y", settings.rejectedTopic());
    assertEquals("z", settings.lateTopic());
  }

  @Test
  void namedSettingsAreOverriddenOneByOne() {
    JobSettings settings =
        parse(
            "--aggregate",
            "hourly=/tmp/hourly.wasm",
            "--table",
            "hourly=per_hour",
            "--aggregate",
            "anomaly=",
            "--set",
            "totals.a=1",
            "--set",
            "decoder.b=x=y");
    assertEquals(Set.of("hourly", "totals"), settings.aggregates().keySet());
    assertEquals("per_hour", settings.table("hourly"));
    assertEquals(Map.of("a", "1"), settings.componentSettings("totals"));
    assertEquals(Map.of("b", "x=y"), settings.componentSettings("decoder"));
  }

  @Test
  void anUnknownFlagIsRefusedWithASuggestion() {
    assertEquals(
        "There is no flag called --batchsize. Did you mean --batch-size?",
        refusal("--batchsize", "3"));
    assertEquals(
        "There is no flag called --colour. --help shows them all.", refusal("--colour", "red"));
    assertTrue(refusal("crime").contains("'crime' is not a flag"));
  }

  @Test
  void anUnknownKeyInTheFileIsRefused() throws IOException {
    Path file = Files.writeString(directory.resolve("job.properties"), "topics=a\n");
    String message = refusal("--config", file.toString());
    assertTrue(message.contains("called topics. Did you mean topic?"), message);
    assertTrue(message.contains(file.toString()), message);
    assertTrue(refusal("--config", "/no/such").contains("there is no such file"));
  }

  @ParameterizedTest
  @CsvSource({
    "--batch-size,    0,      a whole number from 1 to 65536",
    "--batch-size,    many,   a whole number from 1 to 65536",
    "--batch-timeout, 20,     'a number with a unit (ms, s, min, h or d)'",
    "--batch-timeout, 0,      a duration above zero",
    "--event-time,    clock,  'one of kafka, payload'",
    "--start,         now,    'one of earliest, latest, committed'",
  })
  void wrongValuesAreRefusedWithWhatIsAllowed(String flag, String value, String allowed) {
    String message = refusal(flag, value);
    assertTrue(message.startsWith(flag + " is '" + value + "', but must be "), message);
    assertTrue(message.contains(allowed), message);
  }

  @Test
  void whatIsMissingIsNamed() {
    String message = refusal(Map.of());
    assertTrue(message.startsWith("--kafka-bootstrap is missing"), message);
    assertTrue(message.contains("KAFKA_BOOTSTRAP"), message);
    assertTrue(refusal("--batch-size").contains("needs a value"));
    assertTrue(refusal("--aggregate", "x=y").contains("--table x=TABLE"));
    assertTrue(refusal("--set", "total.a=1").contains("one of decoder, anomaly, totals"));
  }

  @Test
  void thePasswordComesFromAFileOrTheEnvironmentOnly() throws IOException {
    assertEquals("from-environment", parse().postgresPassword().read());
    Path file = Files.writeString(directory.resolve("password"), "from-file\n");
    assertEquals(
        "from-file", parse("--postgres-password-file", file.toString()).postgresPassword().read());
    assertTrue(refusal("--postgres-password", "x").contains("There is no flag"));
    String message = refusal("--postgres-password-file", "/no/such");
    assertEquals(
        "The file /no/such (--postgres-password-file) can't be read: there is no such file.",
        message);
  }

  /** Which every machine of the cluster reads for itself. */
  @Test
  void aPasswordFromAFileDoesNotTravelWithTheJob() throws IOException {
    Path file = Files.writeString(directory.resolve("password"), "from-file");
    Secret secret = parse("--postgres-password-file", file.toString()).postgresPassword();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream stream = new ObjectOutputStream(bytes)) {
      stream.writeObject(secret);
    }
    assertFalse(bytes.toString(StandardCharsets.ISO_8859_1).contains("from-file"));
    assertFalse(secret.toString().contains("from-file"));
    Files.writeString(file, "changed");
    assertEquals("changed", secret.read());
  }

  @Test
  void elasticsearchTakesAUserOrAKey() throws IOException {
    assertTrue(parse().elasticsearchSecret().isEmpty());
    Path key = Files.writeString(directory.resolve("key"), "a2V5");
    assertEquals(
        "a2V5",
        parse("--elasticsearch-api-key-file", key.toString())
            .elasticsearchSecret()
            .orElseThrow()
            .read());
    String message = refusal("--elasticsearch-user", "writer");
    assertTrue(message.contains("ES_PASSWORD"), message);
    Map<String, String> environment = new HashMap<>(SERVERS);
    environment.put("ES_USER", "writer");
    environment.put("ES_PASSWORD", "secret");
    JobSettings settings = JobSettings.parse(new String[0], environment);
    assertEquals("writer", settings.elasticsearchUser().orElseThrow());
    assertEquals("secret", settings.elasticsearchSecret().orElseThrow().read());
    environment.put("ES_API_KEY", "a2V5");
    assertTrue(refusal(environment).contains("not both"));
  }

  @Test
  void restartsGoOnWithGrowingPauses() {
    JobSettings settings = parse();
    assertEquals(Duration.ofSeconds(1), settings.restartDelay());
    assertEquals(Duration.ofMinutes(1), settings.restartMaxDelay());
    assertEquals(Duration.ofMinutes(10), settings.restartReset());
    assertEquals(
        "--restart-max-delay is '500ms', but must be at least 1000ms.",
        refusal("--restart-max-delay", "500ms"));
  }

  @Test
  void helpNamesEverySettingAndFitsATerminal() {
    String help = JobSettings.helpText();
    for (Setting setting : Setting.values()) {
      assertTrue(help.contains(setting.flag()), setting.flag());
    }
    for (String line : help.split("\n")) {
      assertTrue(line.length() <= 100, line);
    }
    assertTrue(parse("--help", "--config", "/no/such").help());
    assertTrue(help.contains(".late]"), help);
  }

  @Test
  void durationsHaveUnits() {
    List<Duration> durations = new ArrayList<>();
    for (String text : List.of("200ms", "20s", "5min", "1h", "2d", "0", "1 H")) {
      durations.add(Durations.parse(text));
    }
    assertEquals(
        List.of(
            Duration.ofMillis(200),
            Duration.ofSeconds(20),
            Duration.ofSeconds(300),
            Duration.ofSeconds(3600),
            Duration.ofHours(48),
            Duration.ZERO,
            Duration.ofHours(1)),
        durations);
  }
}
