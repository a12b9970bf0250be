package io.wasmflink.component;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/**
 * Loads the native library from the jar: one copy for a process, whichever class loaders want it.
 *
 * <p>Flink loads the job's classes with a new class loader for every submission, and the JVM binds
 * native methods by class loader and refuses to load one path twice. So every class loader loads a
 * path of its own, but a hard link to the same file: the dynamic loader knows files by inode and
 * gives the library that is there already, with its one engine and one cache. The first class
 * loader extracts the file, and publishes where in a system property, which all see.
 */
final class NativeLibrary {
  private static final String PLATFORM = "linux-x86_64";
  private static final String FILE = "libcomponent_jni.so";
  private static final String RESOURCE = "/native/" + PLATFORM + "/" + FILE;

  /** With the digest of the library behind it: where the file is. */
  private static final String PROPERTY = "io.wasmflink.component.library.";

  private static final String FOLDER = "component-jni-";
  private static final int COPY_BYTES = 64 * 1024;

  private static volatile boolean loaded;

  private NativeLibrary() {}

  /**
   * Loads it, if this class loader has not done so yet.
   *
   * @throws ComponentException where it can't be loaded
   */
  static void load() {
    if (loaded) {
      return;
    }
    // one string for the whole process, where a class would be one for each class loader
    synchronized (PROPERTY.intern()) {
      if (!loaded) {
        loadOnce();
        loaded = true;
      }
    }
  }

  private static void loadOnce() {
    checkPlatform();
    try {
      String property = PROPERTY + digest();
      String shared = System.getProperty(property);
      if (shared == null || !loadLink(Path.of(shared))) {
        Path file = extract();
        load(file);
        keep(bytes(file.getParent()), FOLDER.getBytes(StandardCharsets.UTF_8));
        System.setProperty(property, file.toString());
      }
    } catch (IOException e) {
      throw new ComponentException(
          ComponentException.Code.INTERNAL,
          "The native library can't be put into "
              + System.getProperty("java.io.tmpdir")
              + " ("
              + e
              + "): start Java with -Djava.io.tmpdir=DIRECTORY where there is room.",
          e);
    }
  }

  /**
   * @return whether the shared file is still there and could be linked and loaded
   */
  private static boolean loadLink(Path shared) {
    Path link = shared.resolveSibling(UUID.randomUUID() + ".so");
    try {
      Files.createLink(link, shared);
    } catch (IOException | UnsupportedOperationException e) {
      // someone cleared the folder, or its file system has no links: a copy works too, it only
      // costs an engine of its own
      return false;
    }
    try {
      load(link);
    } finally {
      delete(link);
    }
    return true;
  }

  private static void load(Path file) {
    try {
      System.load(file.toString());
    } catch (UnsatisfiedLinkError e) {
      throw new ComponentException(
          ComponentException.Code.INTERNAL,
          "The native library can't be loaded from "
              + file
              + " ("
              + e.getMessage()
              + "): it needs glibc 2.35 or newer, and a folder from which code may be run; another"
              + " one can be chosen with -Djava.io.tmpdir=DIRECTORY.",
          e);
    }
  }

  /** A file of our own, in a folder that nobody else may look into. */
  private static Path extract() throws IOException {
    Path folder = Files.createTempDirectory(FOLDER);
    Path file = folder.resolve(FILE);
    // the last one named goes first; what a killed process leaves, the next process removes
    folder.toFile().deleteOnExit();
    folder.resolve("in-use").toFile().deleteOnExit();
    file.toFile().deleteOnExit();
    try (InputStream library = resource()) {
      Files.copy(library, file);
    }
    return file;
  }

  private static String digest() throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
    try (DigestInputStream library = new DigestInputStream(resource(), digest)) {
      byte[] buffer = new byte[COPY_BYTES];
      while (library.read(buffer) >= 0) {
        // only the digest is wanted
      }
    }
    StringBuilder hex = new StringBuilder();
    for (byte part : digest.digest()) {
      hex.append(String.format("%02x", part));
    }
    return hex.toString();
  }

  private static InputStream resource() {
    InputStream library = NativeLibrary.class.getResourceAsStream(RESOURCE);
    if (library == null) {
      throw ComponentException.wrong(
          "The native library is not in the jar ("
              + RESOURCE
              + "): build it before the jar (make build).");
    }
    return library;
  }

  private static void checkPlatform() {
    String platform = System.getProperty("os.name") + "-" + System.getProperty("os.arch");
    if (!platform.equals("Linux-amd64")) {
      throw ComponentException.wrong(
          "Components run on x86-64 Linux only, this is " + platform + ".");
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      file.toFile().deleteOnExit();
    }
  }

  private static byte[] bytes(Path path) {
    return path.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Marks the folder as used by this process, and removes those that killed ones left. */
  private static native void keep(byte[] folder, byte[] prefix);

  /** Class loaders that have loaded this copy. */
  static native int loads();
}
