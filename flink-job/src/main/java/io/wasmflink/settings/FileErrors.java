package io.wasmflink.settings;

import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** Why a file can't be read, in words: the exceptions' own messages are often just the path. */
public final class FileErrors {
  private FileErrors() {}

  public static String reason(Exception e) {
    if (e instanceof NoSuchFileException) {
      return "there is no such file";
    }
    if (e instanceof AccessDeniedException) {
      return "no permission";
    }
    return String.valueOf(e.getMessage());
  }
}
