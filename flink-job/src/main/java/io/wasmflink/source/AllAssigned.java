package io.wasmflink.source;

import org.apache.flink.api.connector.source.SourceEvent;

/**
 * From the enumerator to a reader: every partition that the topic has is assigned. A reader that
 * has none now is not to be waited for.
 */
final class AllAssigned implements SourceEvent {
  private static final long serialVersionUID = 1L;
}
