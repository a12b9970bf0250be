package io.wasmflink.component;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
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
