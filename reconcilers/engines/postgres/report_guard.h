// What is reported gives way to its owner: a publication keeps columns from being dropped or changed, and a table
// without its key from being updated. Two event triggers take such a table out of the publication while its owner
// alters it, and put it back as far as it goes, in the same transaction.
#pragma once

#include <string>
#include <vector>

namespace freehold::engines::postgres {

/// As the triggers' comments say it.
std::string ReportGuardVersion(int major);
/// In a transaction, after the operator's schema was ensured. Needs a superuser.
std::vector<std::string> GuardReports(int major);
/// What the triggers put back is what these publications hold now. `publications` are plain names.
std::vector<std::string> NoteReports(int major, const std::vector<std::string>& publications);
/// They are forgotten; and where nobody else's may be in the database, all of it goes.
std::vector<std::string> ForgetReports(const std::vector<std::string>& publications, bool own_database);
/// The version in force, as an expression for a visit; null when there is none.
std::string ReportGuardDocument();

}  // namespace freehold::engines::postgres
