package io.wasmflink.sink;

import io.wasmflink.ingest.DeadLetter;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.operators.YieldingOperatorFactory;

/** Puts delivery to a server into the job. */
final class Delivery {
  private Delivery() {}

  /** Delivers a stream, and gives what the server refuses. */
  static <T> SingleOutputStreamOperator<DeadLetter> of(
      DataStream<T> elements, Destination<T> destination, String name) {
    return elements.transform(name, DeadLetter.TYPE, new Factory<>(destination));
  }

  /** Gives the operator its task's mailbox. */
  static final class Factory<T> extends AbstractStreamOperatorFactory<DeadLetter>
      implements OneInputStreamOperatorFactory<T, DeadLetter>, YieldingOperatorFactory<DeadLetter> {
    private static final long serialVersionUID = 1L;

    private final Destination<T> destination;
    private transient MailboxExecutor mailbox;

    Factory(Destination<T> destination) {
      this.destination = destination;
    }

    @Override
    public void setMailboxExecutor(MailboxExecutor mailboxExecutor) {
      mailbox = mailboxExecutor;
    }

    @Override
    @SuppressWarnings("unchecked") // the only operator that this factory makes
    public <S extends StreamOperator<DeadLetter>> S createStreamOperator(
        StreamOperatorParameters<DeadLetter> parameters) {
      DeliveryOperator<T> operator =
          new DeliveryOperator<>(destination, mailbox, parameters.getProcessingTimeService());
      operator.setup(
          parameters.getContainingTask(), parameters.getStreamConfig(), parameters.getOutput());
      return (S) operator;
    }

    @Override
    @SuppressWarnings("rawtypes")
    public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
      return DeliveryOperator.class;
    }
  }
}
