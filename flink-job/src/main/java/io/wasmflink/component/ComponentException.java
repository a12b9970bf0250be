package io.wasmflink.component;

/**
 * Whatever goes wrong with a component, its host, or the bridge to it. The message is a sentence:
 * what was found, where, and what to do.
 */
public final class ComponentException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Kind of a fault. The order is that of the native library. */
  public enum Code {
    /** The bytes are no component, or one that does not speak this contract. */
    CONTRACT,
    /** The component refuses a setting. */
    SETTING,
    /** The component trapped. */
    TRAP,
    /** The component took longer than it may. */
    DEADLINE,
    /** The component wanted more memory than it may have. */
    MEMORY,
    /** What the component gave back contradicts itself or the contract. */
    OUTPUT,
    /** The object was closed, or its result is used after the next call. */
    CLOSED,
    /** A fault of the host, of its caller, or of the machine. */
    INTERNAL,
    /** The component answered with an error instead of a result. */
    REFUSED
  }

  private final Code code;

  ComponentException(Code code, String message) {
    super(message);
    this.code = code;
  }

  ComponentException(Code code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  /** Called by the native library. */
  private ComponentException(int code, String message, Throwable cause) {
    this(Code.values()[code], message, cause);
  }

  /** A call that its caller got wrong. */
  static ComponentException wrong(String message) {
    return new ComponentException(Code.INTERNAL, message);
  }

  public Code code() {
    return code;
  }

  /**
   * Whether the component failed on what it was given: it would again, but another call may do.
   * Else the fault is the machine's, or in how the component is used.
   */
  public boolean isTheComponents() {
    switch (code) {
      case TRAP:
      case DEADLINE:
      case MEMORY:
      case OUTPUT:
      case REFUSED:
        return true;
      default:
        return false;
    }
  }
}
