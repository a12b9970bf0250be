package io.wasmflink.settings;

import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A password or key. One that came from a file travels as the file's name, and each machine of the
 * cluster reads it for itself, whenever it needs it; one that came from the environment travels
 * with the job, since other machines do not have that environment.
 */
public final class Secret implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String file;
  private final String value;

  private Secret(String file, String value) {
    this.file = file;
    this.value = value;
  }

  static Secret inFile(String file) {
    return new Secret(file, null);
  }

  static Secret of(String value) {
    return new Secret(null, value);
  }

  /**
   * Never to be logged.
   *
   * @throws IOException where this machine can't read the file
   */
  public String read() throws IOException {
    if (file == null) {
      return value;
    }
    return Files.readString(Path.of(file), StandardCharsets.UTF_8).stripTrailing();
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return file == null ? "(secret)" : "(in " + file + ")";
  }
}
