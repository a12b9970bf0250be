package io.wasmflink.settings;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The settings as they were given, each from the strongest place that has it: flags, then
 * environment, then the properties file, then the defaults in the jar.
 *
 * <p>NAME=VALUE settings are overridden name by name, so that giving one aggregate more does not
 * take the others away.
 */
final class Sources {
  private static final String DEFAULTS = "/job-defaults.properties";
  private static final String KAFKA_PREFIX = "kafka.";

  private final Map<Setting, String> single = new EnumMap<>(Setting.class);
  private final Map<Setting, SortedMap<String, String>> named = new EnumMap<>(Setting.class);
  private final SortedMap<String, String> kafka = new TreeMap<>();

  private Sources() {}

  /** Reads them all. Nothing is interpreted yet. */
  static Sources read(String[] arguments, Map<String, String> environment) {
    Sources flags = new Sources();
    flags.readFlags(arguments);
    Sources variables = new Sources();
    variables.readEnvironment(environment);

    Sources all = new Sources();
    all.readFile(loadDefaults(), "the jar's job-defaults.properties");
    String config = flags.single.getOrDefault(Setting.CONFIG, variables.single.get(Setting.CONFIG));
    if (config != null && !flags.single.containsKey(Setting.HELP)) {
      all.readFile(loadFile(config), config);
    }
    all.override(variables);
    all.override(flags);
    return all;
  }

  /** The value, if any place has one that is not empty. */
  Optional<String> get(Setting setting) {
    return Optional.ofNullable(single.get(setting)).filter(value -> !value.isEmpty());
  }

  /** The NAME=VALUE pairs of a setting. */
  SortedMap<String, String> named(Setting setting) {
    return named.getOrDefault(setting, new TreeMap<>());
  }

  /** Properties for Kafka's clients: the keys with {@code kafka.} in front, from a file only. */
  SortedMap<String, String> kafka() {
    return kafka;
  }

  private void override(Sources stronger) {
    single.putAll(stronger.single);
    stronger.named.forEach(
        (setting, pairs) ->
            named.computeIfAbsent(setting, unused -> new TreeMap<>()).putAll(pairs));
  }

  private void readFlags(String[] arguments) {
    for (int i = 0; i < arguments.length; i++) {
      String argument = arguments[i];
      if (argument.equals("-h")) {
        single.put(Setting.HELP, "true");
        continue;
      }
      if (!argument.startsWith("--")) {
        throw new StartupException(
            "'" + argument + "' is not a flag: every setting is given as --name value.");
      }
      int equals = argument.indexOf('=');
      String key = argument.substring(2, equals < 0 ? argument.length() : equals);
      Setting setting =
          Setting.ofKey(key).orElseThrow(() -> unknown("flag", "--" + key, flagNames()));
      if (setting.isSwitch()) {
        single.put(setting, equals < 0 ? "true" : argument.substring(equals + 1));
      } else if (equals >= 0) {
        put(setting, argument.substring(equals + 1), setting.flag());
      } else if (i + 1 < arguments.length) {
        put(setting, arguments[++i], setting.flag());
      } else {
        throw new StartupException(
            setting.flag() + " needs a value: " + setting.flag() + " " + setting.argument() + ".");
      }
    }
  }

  private void readEnvironment(Map<String, String> environment) {
    for (Setting setting : Setting.values()) {
      for (String variable : setting.variables()) {
        String value = environment.get(variable);
        if (value == null || value.isEmpty() || setting == Setting.HELP) {
          continue;
        }
        if (setting.isNamed()) {
          for (String pair : value.split(",")) {
            put(setting, pair, variable);
          }
        } else {
          put(setting, value, variable);
        }
        break;
      }
    }
  }

  private void readFile(Properties properties, String file) {
    for (String key : properties.stringPropertyNames()) {
      String value = properties.getProperty(key).trim();
      int dot = key.indexOf('.');
      if (key.startsWith(KAFKA_PREFIX)) {
        kafka.put(key.substring(KAFKA_PREFIX.length()), value);
        continue;
      }
      Setting setting =
          Setting.ofKey(dot < 0 ? key : key.substring(0, dot))
              .filter(found -> found.isNamed() == dot >= 0)
              .filter(found -> found != Setting.HELP && found != Setting.CONFIG)
              .orElseThrow(() -> unknown("key in " + file, key, keyNames()));
      if (dot < 0) {
        single.put(setting, value);
      } else {
        named
            .computeIfAbsent(setting, unused -> new TreeMap<>())
            .put(key.substring(dot + 1), value);
      }
    }
  }

  private void put(Setting setting, String value, String where) {
    if (!setting.isNamed()) {
      single.put(setting, value);
      return;
    }
    int equals = value.indexOf('=');
    if (equals <= 0) {
      throw new StartupException(
          where + " has '" + value + "', but takes " + setting.argument() + ".");
    }
    named
        .computeIfAbsent(setting, unused -> new TreeMap<>())
        .put(value.substring(0, equals), value.substring(equals + 1));
  }

  private static StartupException unknown(String what, String name, List<String> known) {
    String suggestion =
        Spelling.nearest(name, known)
            .map(nearest -> " Did you mean " + nearest + "?")
            .orElse(" --help shows them all.");
    return new StartupException("There is no " + what + " called " + name + "." + suggestion);
  }

  private static List<String> flagNames() {
    return Stream.of(Setting.values()).map(Setting::flag).collect(Collectors.toList());
  }

  private static List<String> keyNames() {
    List<String> names = new ArrayList<>();
    for (Setting setting : Setting.values()) {
      names.add(setting.isNamed() ? setting.key() + ".NAME" : setting.key());
    }
    return names;
  }

  private static Properties loadDefaults() {
    try (InputStream stream = Sources.class.getResourceAsStream(DEFAULTS)) {
      if (stream == null) {
        throw new StartupException("The job's jar is incomplete: " + DEFAULTS + " is missing.");
      }
      Properties properties = new Properties();
      properties.load(stream);
      return properties;
    } catch (IOException e) {
      throw new StartupException("The job's jar can't be read: " + e.getMessage() + ".", e);
    }
  }

  private static Properties loadFile(String file) {
    try (Reader reader = Files.newBufferedReader(Path.of(file), StandardCharsets.UTF_8)) {
      Properties properties = new Properties();
      properties.load(reader);
      return properties;
    } catch (IOException | IllegalArgumentException e) {
      throw new StartupException(
          "The settings file " + file + " (--config) can't be read: " + FileErrors.reason(e) + ".",
          e);
    }
  }
}
