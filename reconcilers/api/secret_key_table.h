// The table of SecretKey, which several kinds have.
#pragma once

#include "reconcilers/api/database_server.h"
#include "reconcilers/api/schema/codec.h"
#include "reconcilers/api/sorts.h"

namespace freehold::api {

template <>
struct schema::Table<SecretKey> {
  static const auto& Fields() {
    static const auto fields =
        std::make_tuple(Field("name", &SecretKey::name, "The Secret, in the operator's namespace.",
                              Rules().Required().Is(SecretName())),
                        Field("key", &SecretKey::key, "The key of it.", Rules().Is(Prose(253))));
    return fields;
  }
};

}  // namespace freehold::api
