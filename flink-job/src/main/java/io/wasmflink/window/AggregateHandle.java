package io.wasmflink.window;

import io.wasmflink.component.Aggregate;
import io.wasmflink.component.AggregateDescription;
import io.wasmflink.component.ComponentException;
import io.wasmflink.component.ComponentSource;
import io.wasmflink.component.Limits;
import io.wasmflink.component.StateKind;
import io.wasmflink.types.UnfitState;
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

  /** What the job calls the aggregate. */
  String slot() {
    return source.slot();
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

  /** An accumulator of an older layout in the present one. */
  Accumulator upgraded(Accumulator accumulator, int fromVersion) {
    byte[][] parts = accumulator.parts();
    for (int i = 0; i < parts.length; i++) {
      parts[i] = upgraded(StateKind.ACCUMULATOR, parts[i], fromVersion);
    }
    return Accumulator.of(accumulator.weight(), parts, accumulator.hasMerged());
  }

  /** A history of an older layout in the present one. */
  History upgraded(History history, int fromVersion) {
    return new History(upgraded(StateKind.HISTORY, history.bytes(), fromVersion));
  }

  private byte[] upgraded(StateKind kind, byte[] state, int fromVersion) {
    try {
      return aggregate().upgrade(kind, fromVersion, state);
    } catch (ComponentException e) {
      if (e.code() == ComponentException.Code.INTERNAL
          || e.code() == ComponentException.Code.DEADLINE) {
        throw e; // of this machine or this moment: another attempt may do
      }
      throw UnfitState.because(
          String.format(
              "The state that was restored for aggregate '%s' has state version %d, which its"
                  + " component can't bring to version %d (%s): start the job with a component that"
                  + " can, or without the state.",
              slot(), fromVersion, stateVersion, e.getMessage()),
          e);
    }
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
