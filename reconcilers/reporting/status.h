// What people are told of a warehouse.
#pragma once

#include "reconcilers/credentials/rotation.h"
#include "reconcilers/reporting/landing.h"

namespace freehold::reporting {

/// One reader's credential.
struct ReaderState {
  const api::WarehouseReader* reader = nullptr;
  std::string secret;
  std::array<std::string, 2> logins;
  credentials::Turn turn;
  std::string hindrance;                             ///< why it gets no Secret; empty: it has one
  api::Reason reason = api::Reason::kSecretNotOurs;  ///< of the hindrance
};

api::WarehouseFeedStatus FeedStatusOf(const Source&, const stores::ReportState&, int tables, int copied);

/// The warehouse is as wanted.
api::ReportingWarehouseStatus SettledStatus(const api::ReportingWarehouse&, const std::string& server,
                                            std::vector<api::WarehouseFeedStatus>, const std::vector<ReaderState>&,
                                            base::Timestamp now);
/// A tool outside fills it, and has what it reads by.
api::ReportingWarehouseStatus ServedStatus(const api::ReportingWarehouse&, std::vector<api::WarehouseFeedStatus>,
                                           base::Timestamp now);
/// Kafka Connect fills it, and it is of another engine than PostgreSQL.
api::ReportingWarehouseStatus ConveyedStatus(const api::ReportingWarehouse&, std::vector<api::WarehouseFeedStatus>,
                                             base::Timestamp now);
/// It can't be had, or not now: Stalled when the reason is terminal. What was known of feeds and readers stays.
api::ReportingWarehouseStatus HinderedStatus(const api::ReportingWarehouse&, const Hindrance&, base::Timestamp now);

}  // namespace freehold::reporting
