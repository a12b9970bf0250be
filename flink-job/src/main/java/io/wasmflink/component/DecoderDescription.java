package io.wasmflink.component;

import java.io.Serializable;

/** What a decoder says of itself. */
public final class DecoderDescription implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String name;
  private final String version;
  private final String digest;
  private final String documentMapping;

  private DecoderDescription(Frame frame) {
    name = frame.nextText();
    version = frame.nextText();
    digest = frame.nextText();
    documentMapping = frame.nextText();
  }

  /**
   * Loads a decoder and asks it.
   *
   * @throws ComponentException where it is no decoder of this contract, refuses its settings, or
   *     describes something that can't be
   */
  public static DecoderDescription of(ComponentSource source, Limits limits) {
    NativeLibrary.load();
    return new DecoderDescription(new Frame(describe(ComponentSource.frame(source, limits))));
  }

  /** What it calls itself. */
  public String name() {
    return name;
  }

  /** Its version, for people. */
  public String version() {
    return version;
  }

  /** SHA-256 of its bytes, in hexadecimal. */
  public String digest() {
    return digest;
  }

  /** The Elasticsearch mapping of its documents: a JSON object. */
  public String documentMapping() {
    return documentMapping;
  }

  private static native byte[] describe(byte[] source);
}
