package io.wasmflink.window;

import io.wasmflink.component.Aggregate;
import io.wasmflink.component.AggregateDescription;
import io.wasmflink.component.ComponentSource;
import io.wasmflink.component.Limits;
import io.wasmflink.component.StateKind;
import java.io.Serializable;

/**
 * One aggregate component at work in one window operator. The parts of a window operator share it:
 * they are serialized in one object graph, so that they still do on a TaskManager. Opened at first
 * use; {@link WindowFinisher} closes it.
 */
final class AggregateHandle implements Serializable {
  private static final long serialVersionUID = 1L;

  private final ComponentSource source;
  private final Limits limits;
  private final int stateVersion;
  private final String digest;

  private transient Aggregate aggregate;

  AggregateHandle(ComponentSource source, AggregateDescription description, Limits limits) {
    this.source = source;
    this.limits = limits;
    this.stateVersion = description.stateVersion();
    this.digest = description.digest();
  }

  int stateVersion() {
    return stateVersion;
  }

  Aggregate aggregate() {
    if (aggregate == null) {
      checkAgain();
      aggregate = new Aggregate(source, limits);
    }
    return aggregate;
  }

  void close() {
    if (aggregate != null) {
      aggregate.close();
      aggregate = null;
    }
  }

  /** The same accumulator in the present layout. */
  Accumulator current(Accumulator accumulator) {
    if (accumulator.stateVersion() == stateVersion) {
      return accumulator;
    }
    byte[][] parts = accumulator.parts();
    for (int i = 0; i < parts.length; i++) {
      parts[i] = upgrade(StateKind.ACCUMULATOR, accumulator.stateVersion(), parts[i]);
    }
    return Accumulator.of(stateVersion, accumulator.weight(), parts, accumulator.hasMerged());
  }

  /** State of the present layout from state of an older one. */
  byte[] upgrade(StateKind kind, int fromVersion, byte[] state) {
    if (fromVersion == stateVersion) {
      return state;
    }
    if (fromVersion > stateVersion) {
      throw new IllegalStateException(
          String.format(
              "The state that was restored for aggregate '%s' has version %d, but this component"
                  + " writes version %d and can't read newer state. Start the job with the newer"
                  + " component, or without the savepoint.",
              source.slot(), fromVersion, stateVersion));
    }
    return aggregate().upgrade(kind, fromVersion, state);
  }

  /** What runs here must be what the job was planned with. */
  private void checkAgain() {
    AggregateDescription here = AggregateDescription.of(source, limits);
    if (here.stateVersion() != stateVersion || !here.digest().equals(digest)) {
      throw new IllegalStateException(
          String.format(
              "Aggregate '%s' was planned as %s with state version %d, but is %s with state version"
                  + " %d on this TaskManager: client and cluster use different builds of the job.",
              source.slot(), digest, stateVersion, here.digest(), here.stateVersion()));
    }
  }
}
