package io.wasmflink.types;

import io.wasmflink.settings.StartupException;
import org.apache.flink.runtime.execution.SuppressRestartsException;

/** State that this job must not go on with. Starting again can't help, so the job ends. */
public final class UnfitState {
  private UnfitState() {}

  /**
   * An exception after which Flink does not restart the job.
   *
   * @param sentence what was found on both sides, and what to do
   */
  public static RuntimeException because(String sentence) {
    return because(sentence, null);
  }

  public static RuntimeException because(String sentence, Throwable cause) {
    return new SuppressRestartsException(new StartupException(sentence, cause));
  }
}
