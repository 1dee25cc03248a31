#include "operator/base/json.h"

#include <simdjson.h>

namespace freehold::base {
namespace {

Json Convert(const simdjson::dom::element& element) {
  switch (element.type()) {
    case simdjson::dom::element_type::OBJECT: {
      const simdjson::dom::object members = element.get_object().value_unsafe();
      Json object = Json::object();
      for (const auto [key, value] : members) object.push_back({std::string(key), Convert(value)});
      return object;
    }
    case simdjson::dom::element_type::ARRAY: {
      const simdjson::dom::array elements = element.get_array().value_unsafe();
      Json array = Json::array();
      for (const auto value : elements) array.push_back(Convert(value));
      return array;
    }
    case simdjson::dom::element_type::STRING:
      return std::string(element.get_string().value_unsafe());
    case simdjson::dom::element_type::INT64:
      return element.get_int64().value_unsafe();
    case simdjson::dom::element_type::UINT64:
      return element.get_uint64().value_unsafe();
    case simdjson::dom::element_type::DOUBLE:
      return element.get_double().value_unsafe();
    case simdjson::dom::element_type::BOOL:
      return element.get_bool().value_unsafe();
    case simdjson::dom::element_type::NULL_VALUE:
      return nullptr;
  }
  return nullptr;
}

}  // namespace

Result<Json> ParseJson(std::string_view text) {
  thread_local simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (const auto error = parser.parse(text.data(), text.size()).get(root)) {
    return Terminal("InvalidJson", std::string("not JSON: ") + simdjson::error_message(error));
  }
  return Convert(root);
}

}  // namespace freehold::base
