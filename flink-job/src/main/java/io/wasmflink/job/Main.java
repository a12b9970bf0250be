package io.wasmflink.job;

/** x. */
public final class Main {
  public static void main(String[] args) {}
}
