package io.wasmflink.job;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.JobID;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.runtime.clusterframework.types.ResourceID;
import org.apache.flink.runtime.executiongraph.ExecutionAttemptID;
import org.apache.flink.runtime.metrics.groups.TaskManagerMetricGroup;
import org.apache.flink.runtime.metrics.util.TestingMetricRegistry;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.operators.testutils.MockEnvironmentBuilder;

/** What an operator registers in Flink's metrics, by the logical scope and name behind its own. */
public final class RecordedMetrics {
  private static final String OPERATOR_SCOPE = "taskmanager.job.task.operator.";

  private final Map<String, Metric> metrics = new TreeMap<>();

  /** An environment for an operator whose metrics are recorded here. */
  public MockEnvironment environment() {
    TestingMetricRegistry registry =
        TestingMetricRegistry.builder()
            .setRegisterConsumer(
                (metric, name, group) -> {
                  String full = group.getLogicalScope(text -> text, '.') + "." + name;
                  if (full.startsWith(OPERATOR_SCOPE)) {
                    metrics.put(key(full, group.getAllVariables()), metric);
                  }
                })
            .build();
    return new MockEnvironmentBuilder()
        .setMetricGroup(
            TaskManagerMetricGroup.createTaskManagerMetricGroup(
                    registry, "host", ResourceID.generate())
                .addJob(new JobID(), "job")
                .addTask(ExecutionAttemptID.randomId(), "task"))
        .build();
  }

  public long count(String name) {
    Counter counter = (Counter) metric(name);
    return counter.getCount();
  }

  public long gauge(String name) {
    Gauge<?> gauge = (Gauge<?>) metric(name);
    return ((Number) gauge.getValue()).longValue();
  }

  public Metric metric(String name) {
    Metric metric = metrics.get(name);
    assertNotNull(metric, name + " is not among " + metrics.keySet());
    return metric;
  }

  /** The logical scope of {@code addGroup("component", "totals")} has the key only. */
  private static String key(String full, Map<String, String> variables) {
    String key = full.substring(OPERATOR_SCOPE.length());
    for (String group : new String[] {"component", "reason", "lateFor"}) {
      String value = variables.get("<" + group + ">");
      if (value != null) {
        key = key.replace(group + ".", group + "." + value + ".");
      }
    }
    return key;
  }
}
