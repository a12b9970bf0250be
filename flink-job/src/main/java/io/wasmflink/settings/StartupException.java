package io.wasmflink.settings;

/**
 * The job does not start, for a reason that its user can do something about. The message is a whole
 * sentence for that person: what was found, where, and what to do.
 */
public final class StartupException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public StartupException(String message) {
    super(message);
  }

  public StartupException(String message, Throwable cause) {
    super(message, cause);
  }
}
