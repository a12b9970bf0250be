package io.wasmflink.component;

import java.io.Serializable;
import java.util.Objects;

/** A column of the rows that an aggregate gives. */
public final class Column implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String name;
  private final ColumnType type;
  private final boolean key;

  /**
   * @param name {@code [a-z][a-z0-9_]*}
   * @param key whether it is part of the primary key
   */
  public Column(String name, ColumnType type, boolean key) {
    this.name = Objects.requireNonNull(name, "name");
    this.type = Objects.requireNonNull(type, "type");
    this.key = key;
  }

  public String name() {
    return name;
  }

  public ColumnType type() {
    return type;
  }

  public boolean key() {
    return key;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Column
        && ((Column) other).name.equals(name)
        && ((Column) other).type == type
        && ((Column) other).key == key;
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, type, key);
  }

  @Override
  public String toString() {
    return name + " " + type + (key ? " key" : "");
  }
}
