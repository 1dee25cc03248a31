#include "reconcilers/api/reasons.h"

#include <array>

namespace freehold::api {
namespace {

constexpr std::array kReasons{
    ReasonInfo{Reason::kReady, "Ready", false, "The spec is true in the world.", ""},
    ReasonInfo{Reason::kNoForeignAccess, "NoForeignAccess", false,
               "No other service, no PUBLIC and no foreign role can reach the store; the evidence is fresh.", ""},
    ReasonInfo{Reason::kDriftRepaired, "DriftRepaired", false,
               "Somebody had changed the store by hand; it is as declared again.",
               "Find out who changed it: the message names what was found."},
    ReasonInfo{Reason::kCreating, "Creating", false, "The store, its logins or its Secret are being made.", ""},
    ReasonInfo{Reason::kSecretNotGuarded, "SecretNotGuarded", false,
               "The CredentialIndex of the namespace does not list the Secret yet, so it is not written: any Pod could "
               "read it.",
               "If it stays so, see the controller's log: it can't write the index."},
    ReasonInfo{Reason::kRotating, "Rotating", false, "New credentials are being put into use.", ""},
    ReasonInfo{Reason::kDeleting, "Deleting", false,
               "The object is deleted; sessions and logins are being ended as deletionPolicy says.", ""},
    ReasonInfo{Reason::kConsumersRemain, "ConsumersRemain", false,
               "It is to be deleted with its data, but other services or a warehouse still read from it.",
               "Remove the consumers, or annotate it with freehold.dev/confirm-delete: <name>."},
    ReasonInfo{Reason::kServerNotReady, "ServerNotReady", false,
               "The DatabaseServer has not been prepared yet; it is tried again.", "See the server's own conditions."},
    ReasonInfo{Reason::kServerUnreachable, "ServerUnreachable", false,
               "The server does not answer; nothing was changed and it is tried again.",
               "Check host, port, TLS and network policies of the DatabaseServer."},
    ReasonInfo{Reason::kServerBusy, "ServerBusy", false,
               "The server has no connection free, or something is locked or in use there; it is tried again.",
               "If it stays so, see the message: raise max_connections, lower operatorConnections, or end who holds "
               "the lock."},
    ReasonInfo{Reason::kServerReadOnly, "ServerReadOnly", false,
               "The server takes no changes: it is a standby, or recovers. It is tried again.",
               "Let host of the DatabaseServer lead to the primary."},
    ReasonInfo{Reason::kServerOutOfSpace, "ServerOutOfSpace", false,
               "The server's disk is full, so it can't take the change; it is tried again.",
               "Give the server room: more disk, or less held back by replication slots."},
    ReasonInfo{Reason::kPaused, "Paused", false, "The annotation freehold.dev/paused holds all work on this object.",
               "Remove the annotation to go on."},
    ReasonInfo{Reason::kDrifted, "Drifted", false,
               "The store differs from its spec and the policy says to report, not to repair.",
               "Undo the change by hand, or set drift: Repair in the DataPolicy."},
    ReasonInfo{Reason::kForeignAccess, "ForeignAccess", false,
               "Someone who does not own the store can reach it; the message names who and how.",
               "Revoke what the message names, or let drift: Repair do it."},
    ReasonInfo{Reason::kEvidenceMissing, "EvidenceMissing", false,
               "Who can reach the store could not be seen, or was seen too long ago.",
               "See the server's conditions and findings."},
    ReasonInfo{Reason::kEventsFlow, "EventsFlow", false,
               "Every event that is consumed has a way into the inbox, or into a topic that the service reads.", ""},
    ReasonInfo{Reason::kTransportPending, "TransportPending", false,
               "The publisher's outbox isn't there yet, or the way from it into the inbox is being made.",
               "See the publisher's own conditions."},
    ReasonInfo{Reason::kTransportMissing, "TransportMissing", false,
               "The publisher's store is on no server that is known, or on one that no events can be read from.",
               "See the publisher's own conditions."},
    ReasonInfo{Reason::kTransportFailing, "TransportFailing", false,
               "There is a way for the event, but what is on it does not get through; it is tried again.",
               "See the message: reach the server that it names, or mend what refuses the event."},
    ReasonInfo{Reason::kEventsParked, "EventsParked", false,
               "Events were tried five times in vain and put aside; those that follow go on.",
               "Mend what the message names; then have them tried again by freehold events resync NAMESPACE/NAME."},
    ReasonInfo{Reason::kProjectionPending, "ProjectionPending", false,
               "A copy that is kept from events (consumes[].into) is being built from what the inbox holds.", ""},
    ReasonInfo{Reason::kEventsNotApplied, "EventsNotApplied", false,
               "Events did not fit the copy that is kept from them: the key is missing, or a value is not of its "
               "column's type. They stay in the inbox; all others were applied.",
               "Correct path or type in consumes[].into.columns: the copy is built again. Or let the publisher send "
               "them again as they should be, and set processed_at of the old ones."},
    ReasonInfo{Reason::kProjectionNameTaken, "ProjectionNameTaken", false,
               "The service has a table of the name that consumes[].into asks for. It was not touched.",
               "Rename or drop that table, or choose another into.table."},
    ReasonInfo{Reason::kProjectionInUse, "ProjectionInUse", false,
               "Something of the service's own reads a copy that is to change or to go. The copy is kept as it is.",
               "Drop what the message names; make it again when the copy has changed."},
    ReasonInfo{Reason::kProjectionInvalid, "ProjectionInvalid", true,
               "The entries of consumes that are kept in one table do not agree, or the table can't be made.",
               "See the message; freehold validate names the field."},
    ReasonInfo{Reason::kReportingFlows, "ReportingFlows", false,
               "The warehouse has every table that reporting lists, and what changes is on its way there.", ""},
    ReasonInfo{Reason::kReportingPending, "ReportingPending", false,
               "The way to the warehouse is being made, or tables are being copied there.",
               "See status.feeds of the ReportingWarehouse."},
    ReasonInfo{Reason::kReportingFailing, "ReportingFailing", false,
               "There is a way to the warehouse, but what is on it does not get through; it is tried again.",
               "See the message: reach the server that it names, or mend what refuses the rows."},
    ReasonInfo{Reason::kReportingIncomplete, "ReportingIncomplete", false,
               "Some of what reporting lists can't be copied, or not all that it was; all other tables are.",
               "See the message: make the table or give it a primary key, or correct reporting.tables."},
    ReasonInfo{Reason::kReportingPluginMissing, "ReportingPluginMissing", false,
               "Kafka Connect's workers do not have the connector that writes to the warehouse.",
               "Install the plugin that the message names on every worker, and restart them."},
    ReasonInfo{
        Reason::kReportingNotPossible, "ReportingNotPossible", false,
        "The servers can't replicate to the warehouse: both admins must be superusers, or from PostgreSQL 16 on have "
        "REPLICATION at the store's server and pg_create_subscription at the warehouse's; the store's server needs "
        "wal_level = logical, columns can be left out from 15 on, and there must be room for one more subscription and "
        "slot.",
        "See the message, and status.capabilities of the DatabaseServers."},
    ReasonInfo{Reason::kReportingNameTaken, "ReportingNameTaken", false,
               "Tables keep schema and name in the warehouse, and an older store sends some of these, or somebody else "
               "made them there.",
               "Give the service another name (spec.service), or report to another warehouse."},
    ReasonInfo{Reason::kWarehouseNotFound, "WarehouseNotFound", false, "There is no ReportingWarehouse of that name.",
               "Create it, or correct reporting.warehouse."},
    ReasonInfo{Reason::kViewsCurrent, "ViewsCurrent", false,
               "Every materialized view of the warehouse is as its file says, and its last refresh succeeded.", ""},
    ReasonInfo{Reason::kViewsFailing, "ViewsFailing", false,
               "A ConfigMap can't be read, a file of it can't be carried out, or a refresh failed. Views stay as they "
               "were; it is tried again.",
               "Mend what the message names; status.views tells of each view."},
    ReasonInfo{Reason::kNameInvalid, "NameInvalid", true,
               "A name that follows from the spec is reserved, too long or in use for something else on the server.",
               "Choose another spec.name or spec.service."},
    ReasonInfo{Reason::kServerNotFound, "ServerNotFound", true,
               "There is no DatabaseServer of that name, or none is the default for the engine.",
               "Create it, or name another in spec.server."},
    ReasonInfo{Reason::kServerAmbiguous, "ServerAmbiguous", true,
               "Several DatabaseServers are the default for the engine.",
               "Keep default: true on one of them, or name one in spec.server."},
    ReasonInfo{Reason::kServerNotAllowed, "ServerNotAllowed", true, "The DatabaseServer does not admit this namespace.",
               "Choose another server, or widen its allowedNamespaces."},
    ReasonInfo{Reason::kEngineNotAllowed, "EngineNotAllowed", true,
               "A DataPolicy that applies to the namespace does not list the engine.",
               "Choose an engine that the policy lists, or have it added."},
    ReasonInfo{Reason::kEngineNotSupported, "EngineNotSupported", true,
               "This version of Freehold cannot manage the engine yet, or the server is of another engine.",
               "Choose another engine or server."},
    ReasonInfo{Reason::kIsolationNotOffered, "IsolationNotOffered", true,
               "The DatabaseServer does not offer this isolation.",
               "Choose another isolation or server, or add it to the server's isolation list."},
    ReasonInfo{Reason::kIsolationTooWeak, "IsolationTooWeak", true,
               "A DataPolicy that applies to the namespace asks for stronger isolation.",
               "Raise spec.isolation, or have the platform team add an exception that ends."},
    ReasonInfo{Reason::kPolicyExceptionExpired, "PolicyExceptionExpired", true,
               "The exception that allowed this isolation has ended.",
               "Raise spec.isolation, or have the exception prolonged."},
    ReasonInfo{Reason::kStoreOwnedByAnother, "StoreOwnedByAnother", true,
               "Another ServiceDatabase owns this physical store; the oldest claim wins. Nothing was changed.",
               "Choose another spec.name, or read the data through events, a read model or an API."},
    ReasonInfo{Reason::kTableOwnedByAnother, "TableOwnedByAnother", true,
               "A table in owns belongs to another service. Two services never share a table.",
               "Keep it in one service; let the other consume its events, keep a read model or call its API."},
    ReasonInfo{Reason::kStoreExists, "StoreExists", true, "A store of this name exists and nobody owns it.",
               "Set adopt: true to take it over, or choose another spec.name."},
    ReasonInfo{Reason::kStoreNotEmpty, "StoreNotEmpty", true,
               "The store holds tables, so it is neither moved nor replaced.",
               "Move the data first; the message says from where to where."},
    ReasonInfo{Reason::kSecretNotOurs, "SecretNotOurs", true,
               "A Secret of the name for the credentials exists and was not made by Freehold. It was not touched.",
               "Remove that Secret, or set credentials.secretName."},
    ReasonInfo{Reason::kExtensionNotAllowed, "ExtensionNotAllowed", true,
               "The DatabaseServer does not list an extension that the spec asks for.",
               "Remove it from spec.extensions, or have the server list it."},
    ReasonInfo{Reason::kLimitReached, "LimitReached", true, "The DatabaseServer holds as many databases as it may.",
               "Raise limits.databases of the server, or choose another server."},
    ReasonInfo{Reason::kEventNotPublished, "EventNotPublished", true,
               "No such service publishes the event that is consumed.",
               "Correct consumes[].event or from, or add the event to publishes of that service."},
    ReasonInfo{Reason::kEventNotOffered, "EventNotOffered", true,
               "The publisher does not offer the event to this service.",
               "Ask the publishing service to add this service to publishes[].to."},
    ReasonInfo{Reason::kEventPublishedTwice, "EventPublishedTwice", true,
               "Two stores of one service publish the event, so that nobody can tell from which one it is to come.",
               "Keep the event in publishes of one of them."},
    ReasonInfo{Reason::kPayloadMismatch, "PayloadMismatch", true,
               "A copy takes a value from the payload that is not there by the publisher's schema, or is of another "
               "sort. Events arrive all the same.",
               "Correct consumes[].into.columns, or ask the publishing service to change publishes[].schema."},
    ReasonInfo{
        Reason::kTopicNotPossible, "TopicNotPossible", true,
        "An event is to be read from a topic (deliver: Topic), and there is none for it, or not only for it. What "
        "is published meanwhile waits at the publisher.",
        "See the message: let the publisher use an EventBus of type KafkaConnect or Strimzi that says where its "
        "brokers are, or set deliver: Inbox."},
    ReasonInfo{Reason::kBusNotFound, "BusNotFound", false,
               "There is no EventBus of the name in spec.bus. Until there is, the controller carries the events itself "
               "(as type Polling does): none is lost. A ReportingWarehouse that names one waits for it.",
               "Create it, or name another in spec.bus, or leave that out."},
    ReasonInfo{Reason::kBusAmbiguous, "BusAmbiguous", true,
               "Another EventBus is the default, and older: that one is used by stores that name none.",
               "Keep default: true on one of them."},
    ReasonInfo{
        Reason::kConnectUnusable, "ConnectUnusable", false,
        "Kafka Connect does not answer, or not as it should; connectors are left as they are and it is tried again.",
        "Check kafkaConnect.url, authSecret and caSecret, and the workers themselves."},
    ReasonInfo{Reason::kAdminDenied, "AdminDenied", true,
               "The server refused the admin login, or the admin lacks a right that the work needs.",
               "Check the Secret in adminSecret and the admin's CREATEDB and CREATEROLE."},
    ReasonInfo{Reason::kStatementFailed, "StatementFailed", true,
               "The server refused a statement; the message carries its SQLSTATE.",
               "See the message; it is tried again when the spec or the server changes."},
};

constexpr bool InOrder() {
  for (std::size_t at = 0; at < kReasons.size(); ++at) {
    if (kReasons[at].reason != static_cast<Reason>(at)) return false;
  }
  return static_cast<std::size_t>(Reason::kStatementFailed) + 1 == kReasons.size();
}
static_assert(InOrder(), "the table lists every reason once, in the order of the enum");

}  // namespace

std::span<const ReasonInfo> Reasons() { return kReasons; }
const ReasonInfo& InfoOf(Reason reason) { return kReasons[static_cast<std::size_t>(reason)]; }
std::string ToString(Reason reason) { return std::string(InfoOf(reason).word); }
bool IsTerminal(Reason reason) { return InfoOf(reason).terminal; }

}  // namespace freehold::api
