#include "reconcilers/reports/places.h"

namespace freehold::reports {

engines::Layout LayoutOf(const api::ServiceDatabase& object, ownership::Servers servers) {
  const auto server = ownership::PlaceOf(object, servers);
  const auto shared = server ? (*server)->spec.shared_database : api::DatabaseServerSpec{}.shared_database;
  return ownership::AsMade(engines::LayoutOf(object.spec.isolation, StoreNameOf(object), SchemaOf(object), shared),
                           object);
}

}  // namespace freehold::reports
