// The SQL of a projection: a copy that is kept from the events of an inbox.
//
// Its rows are in a table of the operator's, under a name that holds a digest of what is kept how: another wish is
// another table, which is filled while the old one is still read and kept. Values are taken out of an event by one
// function, also when the table is filled; a trigger on the inbox calls it in the transaction in which the event
// arrives. What a service wrote into its spec is in these texts as quoted values and names only.
#pragma once

#include <string>
#include <vector>

#include "reconcilers/engines/store.h"

namespace freehold::engines::postgres {

class ProjectionSql {
 public:
  /// Both outlive it.
  ProjectionSql(const Layout& layout, const ProjectionWanted& wanted);

  /// What table, functions and trigger are called, in the operator's schema.
  const std::string& name() const { return name_; }
  /// Digests of the functions' bodies, as the look computes them.
  const std::string& apply_digest() const { return apply_digest_; }
  const std::string& take_digest() const { return take_digest_; }
  /// What the comment on each column says: its type, then a line of source, event and path for each event.
  const std::vector<std::string>& definitions() const { return definitions_; }

  /// Table, functions and trigger; what is in the way of the latter goes, rows stay. From the end of this transaction
  /// on no event is missed.
  std::vector<std::string> Make() const;
  /// The rows of one partition of the inbox, quoted.
  std::string FillFrom(const std::string& partition) const;
  /// The rows of another table of the same copy that the inbox may have forgotten; `columns` mean the same in both and
  /// the key is one of them.
  std::string CarryOver(const std::string& from, const std::vector<std::string>& columns) const;
  /// What failed because another transaction was in the way is applied now.
  std::string ApplyAgain() const;
  /// What nobody else processes is noted as processed when it is in the copy, and as not when it could not be applied.
  /// Empty when others process all of it.
  std::vector<std::string> Settle() const;
  /// The table's comment, for one that is whole.
  std::string NoteFilled() const;
  /// The view of a name that is free, for the owner role.
  std::vector<std::string> Show(const std::string& owner) const;

 private:
  std::string Filled(const std::string& text) const;
  std::string ApplyBody() const;
  std::string TakeBody() const;
  std::string CreateTable() const;
  std::string Calls(const std::string& row, bool filling) const;
  std::string Extract(const ProjectedEvent&, std::size_t column) const;

  const Layout& layout_;
  const ProjectionWanted& wanted_;
  std::vector<std::string> definitions_;
  std::string name_, table_, apply_body_, take_body_, apply_digest_, take_digest_;
};

/// What a projection's table says of itself: which copy it is, and whether it holds all that the inbox does.
std::string ProjectionComment(const std::string& table, bool filled);
struct ProjectionNote {
  std::string table;  ///< what the service calls it; empty: it says nothing
  bool filled = false;
};
ProjectionNote ParseProjectionComment(const std::string& comment);

/// What could not be applied is noted in a table beside the inbox.
std::vector<std::string> MakeFailures(const Layout&);
/// Table, functions and trigger of that name.
std::vector<std::string> DropProjection(const Layout&, const std::string& name);

}  // namespace freehold::engines::postgres
