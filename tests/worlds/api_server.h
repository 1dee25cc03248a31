// The API server as far as one ServiceDatabase and its Secret are concerned: what the product's own writes do to them.
#pragma once

#include "operator/kube/client.h"
#include "tests/worlds/planner.h"

namespace freehold::worlds {

class ApiServer final : public kube::Writer {
 public:
  /// A null object or Secret: there is none.
  ApiServer(Object object, base::Json secret, std::string secret_version);

  base::Result<base::Json> Create(const kube::ResourceType&, const std::string& ns, const base::Json& object) override;
  base::Result<base::Json> Apply(const kube::ResourceType&, const kube::Name&, const base::Json&, std::string_view,
                                 std::string_view) override;
  base::Result<base::Json> JsonPatch(const kube::ResourceType&, const kube::Name&, const base::Json& patch,
                                     std::string_view) override;
  base::Result<base::Json> Replace(const kube::ResourceType&, const kube::Name&, const base::Json&) override;
  base::Result<void> Delete(const kube::ResourceType&, const kube::Name&, const std::string&) override;

  /// The status of whatever object has the name; none: it is lost.
  base::Result<void> Put(const ApplyStatus&);

  const Object& object() const { return object_; }
  const base::Json& secret() const { return secret_; }

 private:
  Object object_;
  base::Json secret_;
};

/// The UID of a Secret's controller; empty: it has none.
std::string OwnerOf(const base::Json& secret);

}  // namespace freehold::worlds
