package io.wasmflink.component;

import java.io.Serializable;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** A component as a user gives it: the slot that it fills, its bytes, and its settings. */
public final class ComponentSource implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String slot;
  private final byte[] wasm;
  private final TreeMap<String, String> settings;

  /**
   * @param slot for messages
   * @param wasm the component; not copied, must not be changed afterwards
   * @throws ComponentException where one is null
   */
  public ComponentSource(String slot, byte[] wasm, Map<String, String> settings) {
    if (slot == null || wasm == null || settings == null) {
      throw ComponentException.wrong("A component needs a slot, bytes and settings.");
    }
    this.slot = slot;
    this.wasm = wasm;
    this.settings = new TreeMap<>(settings);
  }

  public String slot() {
    return slot;
  }

  public SortedMap<String, String> settings() {
    return new TreeMap<>(settings);
  }

  void write(FrameBuilder frame) {
    frame.putText(slot).putBytes(wasm).putInt(settings.size());
    settings.forEach((name, value) -> frame.putText(name).putText(value));
  }

  /** Limits and this. */
  static byte[] frame(ComponentSource source, Limits limits) {
    if (source == null || limits == null) {
      throw ComponentException.wrong("A component needs a source and limits.");
    }
    FrameBuilder frame = new FrameBuilder();
    limits.write(frame);
    source.write(frame);
    return frame.toBytes();
  }
}
