// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.SubscriptionPattern;

/** What the clients of before Kafka 4.0 do not know: a scenario as those of {@link JavaClient}. */
public final class PatternClient extends JavaClient {
  private PatternClient(String[] args) {
    super(args);
  }

  public static void main(String[] args) throws Exception {
    print(new PatternClient(args).pattern());
  }

  /** A consumer of all topics by a pattern that the broker matches; then it is put out and comes back. */
  private Map<String, Object> pattern() throws Exception {
    Map<String, Object> seen = new TreeMap<>();
    try (KafkaConsumer<String, String> reader = consumer(group, Map.of());
        Admin admin = Admin.create(properties)) {
      reader.subscribe(new SubscriptionPattern(String.join("|", topics)));
      settle(List.of(reader), 3);
      // A member that is put out while it asks for offsets would tell its caller.
      reader.assignment().forEach(reader::position);
      ConsumerGroupDescription described = describeGroup(admin);
      MemberDescription member = described.members().iterator().next();
      seen.put("type", described.type());
      seen.put("state", described.groupState());
      seen.put("assignor", described.partitionAssignor());
      seen.put("assigned", member.assignment().topicPartitions().size());
      seen.put("target", member.targetAssignment().get().topicPartitions().size());
      seen.put(
          "listed",
          admin.listGroups(ListGroupsOptions.forConsumerGroups()).valid().get().stream()
              .filter(one -> one.groupId().equals(group))
              .map(one -> one.type().get() + " " + one.groupState().get())
              .toList());
      admin
          .removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions())
          .all()
          .get();
      // It may be back before anyone could see it gone, with another epoch.
      int epoch = member.memberEpoch().get();
      long deadline = System.currentTimeMillis() + TIMEOUT_MS;
      while (describeGroup(admin).members().stream()
          .noneMatch(one -> one.memberEpoch().get() > epoch)) {
        if (System.currentTimeMillis() > deadline) throw new IllegalStateException("Stayed out");
        reader.poll(Duration.ofMillis(50));
      }
      settle(List.of(reader), 3);
    }
    try (Admin admin = Admin.create(properties)) {
      seen.put("closed", describeGroup(admin).groupState());
    }
    return seen;
  }

  private ConsumerGroupDescription describeGroup(Admin admin) throws Exception {
    return admin.describeConsumerGroups(List.of(group)).all().get().get(group);
  }
}
