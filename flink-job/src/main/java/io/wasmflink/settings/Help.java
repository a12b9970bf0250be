package io.wasmflink.settings;

import java.util.Map;

/** The text of {@code --help}. */
final class Help {
  private static final int COLUMN = 44;
  private static final int WIDTH = 100;

  private Help() {}

  static String text() {
    Sources defaults = Sources.read(new String[0], Map.of());
    StringBuilder text = new StringBuilder();
    text.append(
            "Reads records from Kafka, aggregates them over event-time windows with WebAssembly\n")
        .append("components, and writes rows to Postgres and documents to Elasticsearch.\n\n")
        .append("Usage: flink run crimes-job.jar [--flag value]...\n\n")
        .append(
            "Every flag can also be an environment variable (--batch-size is JOB_BATCH_SIZE) or a\n")
        .append(
            "line of a properties file given with --config (batch-size=512). A flag counts more\n")
        .append(
            "than the environment, the environment more than the file. Passwords are never flags.\n")
        .append(
            "Durations are written 200ms, 20s, 5min, 1h. Properties of Kafka's clients (TLS, SASL)\n")
        .append("go into the file with kafka. in front.\n");
    for (Setting.Group group : Setting.Group.values()) {
      text.append('\n').append(group.title).append(":\n");
      for (Setting setting : Setting.values()) {
        if (setting.group() == group) {
          append(text, setting, defaults);
        }
      }
    }
    text.append("\nExample: read what is there, then stop\n")
        .append("  flink run crimes-job.jar --kafka-bootstrap localhost:9092 --bounded \\\n")
        .append(
            "    --postgres-url jdbc:postgresql://localhost/crime_db --postgres-user flink \\\n")
        .append(
            "    --postgres-password-file ~/.flink-password --elasticsearch-url http://localhost:9200\n");
    return text.toString();
  }

  private static void append(StringBuilder text, Setting setting, Sources defaults) {
    String flag = "  " + setting.flag() + " " + setting.argument();
    text.append(flag);
    int column = flag.length();
    if (column >= COLUMN) {
      text.append('\n');
      column = 0;
    }
    String words = setting.description() + note(setting, defaults);
    for (String word : words.split(" ")) {
      if (column < COLUMN) {
        text.append(" ".repeat(COLUMN - column));
        column = COLUMN;
      } else if (column + 1 + word.length() > WIDTH) {
        text.append('\n').append(" ".repeat(COLUMN));
        column = COLUMN;
      } else {
        text.append(' ');
        column++;
      }
      text.append(word);
      column += word.length();
    }
    text.append('\n');
  }

  private static String note(Setting setting, Sources defaults) {
    StringBuilder note = new StringBuilder();
    defaults
        .get(setting)
        .filter(value -> !setting.isSwitch())
        .ifPresent(value -> note.append(" [").append(value).append(']'));
    if (setting.isNamed() && !defaults.named(setting).isEmpty()) {
      note.append(" [");
      defaults.named(setting).forEach((name, value) -> note.append(name + "=" + value + ", "));
      note.setLength(note.length() - 2);
      note.append(']');
    }
    if (setting.variables().size() > 1) {
      note.append(" (also ").append(setting.variables().get(1)).append(')');
    }
    return note.toString();
  }
}
