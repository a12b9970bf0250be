package io.wasmflink.component;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The project's components, as the build stages them. */
final class Staged {
  private Staged() {}

  static ComponentSource decoder() {
    return source("decoder", Map.of());
  }

  static ComponentSource totals() {
    return source("totals", Map.of());
  }

  static ComponentSource anomaly(Map<String, String> settings) {
    return source("anomaly", settings);
  }

  static ComponentSource source(String slot, Map<String, String> settings) {
    return new ComponentSource(slot, wasm(slot), settings);
  }

  /**
   * Totals that misbehave in one function, always.
   *
   * @param deed as tests/guests/misdeeds has them
   */
  static ComponentSource hostile(String function, String deed) {
    Path wasm = Path.of(System.getProperty("dist.directory"), "guests", "hostile-aggregate.wasm");
    try {
      return new ComponentSource(
          "hostile",
          Files.readAllBytes(wasm),
          Map.of("in", function, "deed", deed, "on", "always"));
    } catch (IOException e) {
      throw new UncheckedIOException(
          wasm + " is not there: build the hostile components before the tests (make guests).", e);
    }
  }

  static byte[] wasm(String slot) {
    String resource = "/components/" + slot + ".wasm";
    try (InputStream stream = Staged.class.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new IllegalStateException(
            resource + " is not there: build the components before the job (make build).");
      }
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
