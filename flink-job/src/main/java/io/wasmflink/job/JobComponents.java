package io.wasmflink.job;

import io.wasmflink.component.AggregateDescription;
import io.wasmflink.component.ComponentException;
import io.wasmflink.component.ComponentSource;
import io.wasmflink.component.DecoderDescription;
import io.wasmflink.component.Limits;
import io.wasmflink.settings.FileErrors;
import io.wasmflink.settings.JobSettings;
import io.wasmflink.settings.StartupException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The components of a job, loaded and checked, with what they say of themselves. */
public final class JobComponents {
  private static final String DECODER = "decoder";
  private static final String CLASSPATH = "classpath:";

  private final ComponentSource decoder;
  private final DecoderDescription decoderDescription;
  private final Map<String, ComponentSource> aggregates = new LinkedHashMap<>();
  private final Map<String, AggregateDescription> descriptions = new LinkedHashMap<>();
  private final Limits limits = Limits.defaults();

  private JobComponents(JobSettings settings) {
    decoder = source(settings, DECODER, settings.decoder());
    decoderDescription = describe(DECODER, () -> DecoderDescription.of(decoder, limits));
    settings
        .aggregates()
        .forEach(
            (name, path) -> {
              ComponentSource source = source(settings, name, path);
              aggregates.put(name, source);
              descriptions.put(name, describe(name, () -> AggregateDescription.of(source, limits)));
            });
  }

  /**
   * @throws StartupException where one can't be read, is no such component, or refuses a setting
   */
  public static JobComponents load(JobSettings settings) {
    return new JobComponents(settings);
  }

  /** The decoder alone, as a benchmark of the source needs it. */
  static ComponentSource decoder(JobSettings settings) {
    return source(settings, DECODER, settings.decoder());
  }

  public ComponentSource decoder() {
    return decoder;
  }

  public DecoderDescription decoderDescription() {
    return decoderDescription;
  }

  public List<String> names() {
    return new ArrayList<>(aggregates.keySet());
  }

  public ComponentSource aggregate(String name) {
    return aggregates.get(name);
  }

  public AggregateDescription description(String name) {
    return descriptions.get(name);
  }

  /** In the order of {@link #names}. */
  public List<ComponentSource> aggregates() {
    return new ArrayList<>(aggregates.values());
  }

  public Limits limits() {
    return limits;
  }

  private static ComponentSource source(JobSettings settings, String slot, String path) {
    return new ComponentSource(slot, read(slot, path), settings.componentSettings(slot));
  }

  private static byte[] read(String slot, String path) {
    if (!path.startsWith(CLASSPATH)) {
      try {
        return Files.readAllBytes(Path.of(path));
      } catch (IOException e) {
        throw new StartupException(
            String.format(
                "Component '%s' can't be read from %s: %s.", slot, path, FileErrors.reason(e)),
            e);
      }
    }
    String resource = path.substring(CLASSPATH.length());
    try (InputStream stream = JobComponents.class.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new StartupException(
            String.format(
                "Component '%s' is not in the job's jar (%s): build the components before the jar.",
                slot, resource));
      }
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new StartupException(
          String.format("Component '%s' can't be read from the job's jar: %s.", slot, e), e);
    }
  }

  private interface Description<T> {
    T get();
  }

  private static <T> T describe(String slot, Description<T> description) {
    try {
      return description.get();
    } catch (ComponentException e) {
      throw new StartupException(
          String.format("Component '%s' is refused: %s", slot, e.getMessage()), e);
    }
  }
}
