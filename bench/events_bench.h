// What `make bench-events` measures, a part at a time. Each prints Markdown, medians of several rounds.
#pragma once

namespace freehold::bench {

/// From an outbox to an inbox in another database of one server, by replication and by polling. The limit: bare logical
/// replication between two tables.
void MeasureTravel(int events);
/// The same over Kafka, Kafka Connect and Debezium. The limit: the same connectors configured by hand, on plain tables.
void MeasureKafka(int events);
/// The first copy of a table into a warehouse on the same server. The limit: COPY piped into COPY.
void MeasureCopy(long rows);
/// What 200 flows cost at rest, by each transport. Beside it: the server without them, and without the operator.
void MeasureRest();

}  // namespace freehold::bench
